"""Checklists of the in-memory storage."""

from __future__ import annotations

from farthing.storage.memory.openness import Openable


class MemoryChecklists(Openable):
    """Keeps `ChecklistStore`, and `ChecklistChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._checklist_ends: dict[tuple[int, int], int] = {}

    async def checklist_ended_at(self, workspace_id: int, user_id: int) -> int | None:
        self.require_open()
        return self._checklist_ends.get((workspace_id, user_id))

    async def end_checklist(self, workspace_id: int, user_id: int, at: int) -> None:
        self._checklist_ends.setdefault((workspace_id, user_id), at)

    async def resume_checklist(self, workspace_id: int, user_id: int) -> bool:
        return self._checklist_ends.pop((workspace_id, user_id), None) is not None
