"""Audit entries of a person who acts outside a workspace of their own: who joins, makes or restores one."""

from __future__ import annotations

from dataclasses import dataclass

from farthing.actions.asker import Origin
from farthing.actions.audit import Described
from farthing.rules.audit import NewEntry
from farthing.storage.contract import Changes


@dataclass(frozen=True)
class PersonActing:
    """Within one change: what a person (by the id of the wire, empty for the operator) does at a time."""

    changes: Changes
    actor: str
    origin: Origin
    at: int

    async def enter(
        self,
        workspace_id: int,
        action: str,
        target: str,
        before: Described | None = None,
        after: Described | None = None,
    ) -> None:
        """Enter what was done to `target` in the log of a workspace; see rules.audit.NewEntry."""
        await self.changes.enter(
            NewEntry(
                workspace_id=workspace_id,
                occurred_at=self.at,
                actor=self.actor,
                via=self.origin.via,
                address=self.origin.address,
                action=action,
                target=target,
                before=before,
                after=after,
            )
        )
