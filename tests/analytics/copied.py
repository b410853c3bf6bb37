"""A SQLite storage with a copy of its rows in chDB, which lags behind it more or less at each read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Final, cast

from farthing.actions.analytics.copying import Copying
from farthing.reports.facts import FactQuery, Facts
from farthing.reports.hygiene_facts import HygieneGroup, HygieneQuery
from farthing.reports.priced_calls import PricedCalls, PricedQuery
from farthing.reports.row_groups import RowGroups
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.storage.clickhouse import ClickhouseCopy
from farthing.storage.contract import ColumnPage, Place, RequestPage, RowWalk
from farthing.storage.sqlite import SqliteStorage
from tests import storages
from tests.installations import StandingClock

PACE: Final = (0, 1, 3, 0, 2, 9, 0, 1)
"""So many steps of copying before each read: none, some, or until there is nothing to do."""
ROWS_MAX: Final = 3
"""In a step: few, so that the copy is most often behind."""


class CopiedStorage(SqliteStorage):
    """SQLite whose questions of rows go to the copy; `sources` tells where each was answered."""

    def __init__(self, path: Path, copy: ClickhouseCopy, **options: Any) -> None:
        super().__init__(path, **options)
        self.copy = copy
        self.clock = StandingClock()
        self.copying = Copying(self, copy, self.clock, ROWS_MAX)
        self.reader = copy
        self.sources: list[str] = []
        self._pace = cycle(PACE)

    async def open(self) -> None:
        await super().open()
        await self.copying.begin_anew()

    def stop_pacing(self) -> None:
        """Copy nothing by itself from now on."""
        self._pace = cycle((0,))

    async def catch_up(self) -> None:
        """Copy until there is nothing to do."""
        while not (await self.copying.step()).is_idle:
            pass

    async def _copy_some(self) -> None:
        for _ in range(next(self._pace)):
            if (await self.copying.step()).is_idle:
                return

    async def facts(self, query: FactQuery) -> Facts:
        await self._copy_some()
        found = await super().facts(query)
        self.sources.append(found.source)
        return found

    async def requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int] | None
    ) -> RequestPage:
        await self._copy_some()
        return await super().requests(workspace_id, window, filters, limit, cursor)

    async def newer_requests(
        self, workspace_id: int, window: Window, filters: Filters, limit: int, cursor: tuple[int, int]
    ) -> RequestPage:
        await self._copy_some()
        return await super().newer_requests(workspace_id, window, filters, limit, cursor)

    async def priced_calls(self, query: PricedQuery) -> RowGroups[PricedCalls]:
        await self._copy_some()
        return await super().priced_calls(query)

    async def hygiene_groups(self, query: HygieneQuery) -> RowGroups[HygieneGroup]:
        await self._copy_some()
        return await super().hygiene_groups(query)

    async def export_page(self, walk: RowWalk, after: Place | None, limit: int) -> ColumnPage:
        await self._copy_some()
        return await super().export_page(walk, after, limit)


class CopiedPlaces:
    """Places for CopiedStorage: files of their own, one copy that begins anew for each."""

    def __init__(self, files: storages.SqlitePlaces, copy: ClickhouseCopy) -> None:
        self._files = files
        self._copy = copy
        self.sources: list[str] = []

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[storages.Place]:
        made: list[CopiedStorage] = []

        def storage(**options: Any) -> CopiedStorage:
            made.append(CopiedStorage(cast("SqliteStorage", place.storage())._path, self._copy, **options))
            return made[-1]

        async with self._files.empty() as place:
            yield storages.Place(storage)
        for each in made:
            self.sources += each.sources
