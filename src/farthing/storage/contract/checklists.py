"""Who has done with the checklist of a first day."""

from __future__ import annotations

from typing import Protocol


class ChecklistStore(Protocol):
    """Looking, one row by its key."""

    async def checklist_ended_at(self, workspace_id: int, user_id: int) -> int | None:
        """Since when a person has done with a workspace's checklist; None while they have not."""
        ...


class ChecklistChanges(Protocol):
    """Putting it away, and taking it out again."""

    async def end_checklist(self, workspace_id: int, user_id: int, at: int) -> None:
        """Note that the person has done with it; the first time stays."""
        ...

    async def resume_checklist(self, workspace_id: int, user_id: int) -> bool:
        """Forget that; False when there was nothing to forget."""
        ...
