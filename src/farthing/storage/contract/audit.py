"""The audit log: read here, written within a change (see `changes`)."""

from __future__ import annotations

from typing import Protocol

import msgspec

from farthing.rules.audit import Entry


class AuditQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries of a workspace: None leaves a side open.

    `action` is a whole action or its noun ("api_key"), `start` and `end` are half open.
    """

    actor: str | None = None
    action: str | None = None
    target: str | None = None
    start: int | None = None
    end: int | None = None
    before_seq: int | None = None


class AuditReader(Protocol):
    """Where the log is read."""

    async def audit_entries(self, workspace_id: int, query: AuditQuery, limit: int) -> list[Entry]:
        """Entries that the query asks for, newest first."""
        ...

    async def audit_heads(self) -> list[Entry]:
        """The last entry of every log there is, the installation's first."""
        ...

    async def audit_chain(self, workspace_id: int, after_seq: int, limit: int) -> list[Entry]:
        """All entries after that one, oldest first; 0 is before the first."""
        ...
