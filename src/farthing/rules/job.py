"""Long work that goes on beside everything else: what it is, how far it has come, and how it ended."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
ENDED: Final = frozenset({"succeeded", "failed", "cancelled"})


LEASE_MS: Final = 7_000
"""So long whoever works on something has it, unless the lease is renewed.

When a process dies, another goes on within ten seconds: this, and two at most until one looks.
"""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of long work of a workspace.

    `kind` names what is done, `subject_id` what it is done to, and `request` says the rest of what was
    asked for, in the kind's own words. `created_by` is the person who asked, 0 for what is done by itself.
    `done` of `total` says how
    far it is (both 0 until that is known). Whoever works on it holds it until `lease_until` (UTC
    milliseconds): later, anybody may go on with it. `version` grows with every stored change.
    """

    id: int = 0
    workspace_id: int
    kind: str
    subject_id: int = 0
    request: dict[str, Any] = {}
    state: JobState = "queued"
    done: int = 0
    total: int = 0
    result: dict[str, Any] | None = None
    error: str | None = None
    created_by: int
    created_at: int
    finished_at: int | None = None
    lease_until: int = 0
    version: int = 0

    @property
    def is_ended(self) -> bool:
        return self.state in ENDED

    def is_free(self, now: int) -> bool:
        """Whether nobody works on it who should."""
        return self.state == "queued" or (self.state == "running" and self.lease_until <= now)
