"""Names of the in-memory storage: events hold theirs themselves, so there is nothing to sweep."""

from __future__ import annotations

from farthing.storage.contract.names import NameSweep
from farthing.storage.memory.openness import Openable


class MemoryNames(Openable):
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
