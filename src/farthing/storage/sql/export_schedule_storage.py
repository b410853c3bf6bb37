"""Exports that are made by themselves in a storage on SQL: its changes, and its reads."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from farthing.rules.export_schedule import BucketSecret, ExportSchedule
from farthing.storage.sql import export_schedules
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlExportScheduleChanges:
    """Keeps `storage.contract.ExportScheduleChanges`, where every method is described."""

    _tx: Transaction

    async def add_export_schedule(self, new: ExportSchedule, secret: BucketSecret | None) -> ExportSchedule:
        return await export_schedules.add(self._tx, new, secret)

    async def change_export_schedule(self, after: ExportSchedule) -> ExportSchedule | None:
        return await export_schedules.change(self._tx, after)

    async def set_export_secret(self, workspace_id: int, schedule_id: int, secret: BucketSecret) -> bool:
        return await export_schedules.set_secret(self._tx, workspace_id, schedule_id, secret)


class SqlExportScheduleStorage:
    """Keeps `storage.contract.ExportScheduleStore`, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    async def export_schedules(self, workspace_id: int) -> list[ExportSchedule]:
        return await self._read(lambda tx: export_schedules.of_workspace(tx, workspace_id))

    async def export_schedule(self, workspace_id: int, schedule_id: int) -> ExportSchedule | None:
        return await self._read(lambda tx: export_schedules.one(tx, workspace_id, schedule_id))

    async def export_secret(self, workspace_id: int, schedule_id: int) -> BucketSecret | None:
        return await self._read(lambda tx: export_schedules.secret(tx, workspace_id, schedule_id))

    async def due_export_schedules(self, now: int, limit: int) -> list[ExportSchedule]:
        return await self._read(lambda tx: export_schedules.due(tx, now, limit))
