"""The runs of retention that there were, as the audit log has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from farthing.actions.parts import Parts
from farthing.storage.contract import AuditQuery, Workspace

_SHOWN: Final = 10


@dataclass(frozen=True)
class PastRun:
    """A run: its job, when it ended, and what it removed, as `Job.result` says it."""

    job_id: str
    at: int
    result: dict[str, Any]


async def past_runs(parts: Parts, workspace: Workspace) -> list[PastRun]:
    """The last runs that removed something or were asked for, newest first."""
    query = AuditQuery(action="retention.applied")
    entries = await parts.storage.audit_entries(workspace.id, query, _SHOWN)
    return [PastRun(each.target, each.occurred_at, each.after or {}) for each in entries]
