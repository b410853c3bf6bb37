"""How clean the events of the in-memory storage are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from farthing.reports.hygiene_events import grouped
from farthing.reports.hygiene_facts import HygieneGroup, HygieneQuery, IntakeKey
from farthing.reports.row_groups import RowGroups
from farthing.storage.memory.events import MemoryEvents
from farthing.storage.memory.reading import passes


class MemoryHygiene(MemoryEvents):
    """Keeps `HygieneStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._intake_counts: Counter[IntakeKey] = Counter()

    async def hygiene_groups(self, query: HygieneQuery) -> RowGroups[HygieneGroup]:
        self.require_open()
        events = (each.event for each in self._stored.values())
        passing = (e for e in events if passes(e, query.workspace_id, query.window, query.filters))
        return RowGroups(grouped(passing))

    async def add_intake_counts(self, counts: Mapping[IntakeKey, int]) -> None:
        self.require_open()
        self._intake_counts.update(counts)

    async def intake_counts(self, workspace_id: int, start_day: int, end_day: int) -> dict[IntakeKey, int]:
        self.require_open()
        return {
            key: count
            for key, count in self._intake_counts.items()
            if key.workspace_id == workspace_id and start_day <= key.day < end_day
        }
