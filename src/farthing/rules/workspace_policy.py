"""Whether what a workspace decides is enforced: its kill switch.

In observe mode budgets and policies are evaluated and alerts are raised as ever, but nothing is refused.
"""

from __future__ import annotations

import msgspec


class WorkspacePolicy(msgspec.Struct, frozen=True, kw_only=True):
    """`observed_since` is set while nothing is enforced, with who said so and why.

    `version` grows with every stored change, 0 is none.
    """

    workspace_id: int
    observed_since: int | None = None
    observed_by: int | None = None
    reason: str = ""
    version: int = 0

    @property
    def is_observing(self) -> bool:
        return self.observed_since is not None


def is_enforced(policy: WorkspacePolicy, *, is_wanted: bool) -> bool:
    """Whether something is to be refused that a budget or policy of the workspace wants refused."""
    return is_wanted and not policy.is_observing
