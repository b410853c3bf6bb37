"""Exports that are made by themselves, in the in-memory storage."""

from __future__ import annotations

from farthing.rules.export_schedule import BucketSecret, ExportSchedule
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.memory.jobs import Versions
from farthing.storage.memory.openness import Openable


class MemoryExportSchedules(Openable):
    """Keeps `ExportScheduleStore`, and `ExportScheduleChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._export_schedules: Versions[ExportSchedule] = Versions()
        self._export_secrets: dict[int, BucketSecret] = {}

    async def add_export_schedule(self, new: ExportSchedule, secret: BucketSecret | None) -> ExportSchedule:
        await self._require_free_schedule(new)
        added = self._export_schedules.add(new)
        if secret is not None:
            self._export_secrets[added.id] = secret
        return added

    async def change_export_schedule(self, after: ExportSchedule) -> ExportSchedule | None:
        await self._require_free_schedule(after)
        if self._export_schedules.one(after.workspace_id, after.id) is None:
            return None
        changed = self._export_schedules.change(after)
        if changed is not None and changed.removed_at is not None:
            self._export_secrets.pop(after.id, None)
        return changed

    async def _require_free_schedule(self, wanted: ExportSchedule) -> None:
        for other in await self.export_schedules(wanted.workspace_id):
            if other.id != wanted.id and other.name == wanted.name and wanted.removed_at is None:
                told = f"there is a scheduled export {wanted.name!r} in this workspace already"
                raise AlreadyExistsError(told)

    async def set_export_secret(self, workspace_id: int, schedule_id: int, secret: BucketSecret) -> bool:
        if await self.export_schedule(workspace_id, schedule_id) is None:
            return False
        self._export_secrets[schedule_id] = secret
        return True

    async def export_schedules(self, workspace_id: int) -> list[ExportSchedule]:
        self.require_open()
        mine = [each for each in self._export_schedules.all() if each.workspace_id == workspace_id]
        live = [each for each in mine if each.removed_at is None]
        return sorted(live, key=lambda each: (each.name.casefold(), each.name))

    async def export_schedule(self, workspace_id: int, schedule_id: int) -> ExportSchedule | None:
        self.require_open()
        found = self._export_schedules.one(workspace_id, schedule_id)
        return None if found is None or found.removed_at is not None else found

    async def export_secret(self, workspace_id: int, schedule_id: int) -> BucketSecret | None:
        found = await self.export_schedule(workspace_id, schedule_id)
        return None if found is None else self._export_secrets.get(schedule_id)

    async def due_export_schedules(self, now: int, limit: int) -> list[ExportSchedule]:
        self.require_open()
        due = [
            each
            for each in self._export_schedules.all()
            if each.removed_at is None and each.is_enabled and each.next_at <= now
        ]
        return sorted(due, key=lambda each: (each.next_at, each.id))[:limit]
