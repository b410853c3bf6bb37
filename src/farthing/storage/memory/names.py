"""Names of the in-memory storage: events hold theirs themselves, so there is nothing to sweep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from farthing.storage.contract.names import NAMES_LOOKED_AT_MAX, NameSweep
from farthing.storage.memory.events import MemoryEvents

_SAME: Final = {"model": ("model", "model_sent", "model_requested")}
"""Fields whose names stand together."""


class MemoryNames(MemoryEvents):
    """Keeps `NameStore`."""

    async def begin_name_sweep(self, workspace_id: int) -> NameSweep | None:
        self.require_open()
        return NameSweep(workspace_id, 0, 0, bytearray(1), place=None)

    async def look_for_names(self, sweep: NameSweep, row_count_max: int) -> None:
        self.require_open()

    async def drop_names(self, sweep: NameSweep, name_count_max: int) -> int | None:
        self.require_open()
        return 0

    async def name_count(self, workspace_id: int) -> int:
        self.require_open()
        return 0

    async def names_by_age(self, workspace_id: int, field: str, names: Sequence[str]) -> list[str]:
        self.require_open()
        stored = sorted(self._stored.values(), key=lambda each: each.request_id)
        events = [each.event for each in stored if each.event.workspace_id == workspace_id]
        known = dict.fromkeys(getattr(event, each) for event in events for each in _SAME.get(field, (field,)))
        return [name for name in known if name in names]

    async def names_with(self, workspace_id: int, field: str, text: str, limit: int) -> list[str]:
        self.require_open()
        fields = _SAME.get(field, (field,))
        events = (each.event for each in self._stored.values() if each.event.workspace_id == workspace_id)
        names = sorted({name for event in events for each in fields if (name := getattr(event, each))})
        begun = [name for name in names if name.startswith(text)]
        within = [name for name in names[:NAMES_LOOKED_AT_MAX] if text.lower() in name.lower()]
        within.sort(key=lambda name: not name.lower().startswith(text.lower()))
        return list(dict.fromkeys([*begun, *within]))[:limit]
