"""What erasures do to all that is told and asked for in the in-memory storage."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.rules.erasure import Erasure
from farthing.storage.erasing_told import (
    message_without,
    schedule_without,
    settings_without,
    total_without,
    view_without,
)
from farthing.storage.memory.budgets import MemoryBudgets
from farthing.storage.memory.export_schedules import MemoryExportSchedules
from farthing.storage.memory.saved_views import MemorySavedViews
from farthing.storage.memory.spans import MemorySpans


class MemoryTold(MemoryBudgets, MemoryExportSchedules, MemorySavedViews, MemorySpans):
    """Keeps `ErasureStore` for what is told and asked for."""

    async def erase_names(self, before: Erasure) -> Erasure | None:
        after = await super().erase_names(before)
        if after is not None and before.refs is None:
            await self._erase_told(before)
        return after

    async def _erase_told(self, erasure: Erasure) -> None:
        mine = erasure.workspace_id
        for key, told in self._messages.items():
            if told.workspace_id == mine:
                self._messages[key] = message_without(told, erasure)
                self._alerts[key] = replace(self._alerts[key], message=self._messages[key])
        said = await self.alert_settings(mine)
        if settings_without(said, erasure) != said:
            await self.keep_alert_settings(settings_without(said, erasure))
        for asked in self._export_schedules.all():
            if asked.workspace_id == mine and schedule_without(asked, erasure) != asked:
                self._export_schedules.change(schedule_without(asked, erasure))
        for saved in self._saved_views.all():
            if saved.workspace_id == mine and view_without(saved, erasure) != saved:
                self._saved_views.change(view_without(saved, erasure))
        for place, held in self._totals.items():
            if held.workspace_id == mine:
                self._totals[place] = total_without(held, erasure)
