"""What is read of the calls of two windows, side by side: totals, values of dimensions, priced calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from farthing.reports.facts import FactQuery
from farthing.reports.priced_calls import PricedQuery
from farthing.reports.reach import is_summarised
from farthing.rules.breakdown import Calls
from farthing.rules.changes import Amounts
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.usage import TOKEN_UNITS
from farthing.storage.contract import Snapshot

ROWS_MAX: Final = 200_000
"""In both windows together: to add up more of them, one by one, takes longer than anybody waits."""
VALUES_MAX: Final = 1_000
"""Of a dimension that may have millions of values, so many of each window are looked at."""
_FEW_VALUES_MAX: Final = 32
"""The same for a look that has to be quick: who makes a thirtieth of what was spent is among these."""
_AMOUNTS: Final = ("cost_picousd", "request_count")

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Values:
    """Groups in both windows; `is_complete` if none was left out."""

    groups: Mapping[Keys, Amounts]
    is_complete: bool = True

    @property
    def count(self) -> int | None:
        return len(self.groups) if self.is_complete else None


@dataclass
class Sides:
    """Reads both windows from one state; `sources` are the tables that were read.

    Where they hold more than `rows_max` calls together, rollups answer as far as they can. A look that
    `is_quick` is for causes and drivers: bars are left out, and rollups are asked for fewer values.
    """

    reader: Snapshot
    workspace_id: int
    filters: Filters
    before: Window
    after: Window
    rows_max: int = ROWS_MAX
    is_quick: bool = False
    sources: list[str] = field(default_factory=list)

    @property
    def values_max(self) -> int:
        """So many values of each window are looked at where rollups tell."""
        return _FEW_VALUES_MAX if self.is_quick else VALUES_MAX

    @property
    def _plain(self) -> Filters:
        return Filters(self.filters.data_modes, self.filters.environments)

    @property
    def is_plain(self) -> bool:
        """Whether nothing is filtered but data modes and environments."""
        return self.filters == self._plain

    async def row_count(self) -> int:
        """How many calls of the data modes and environments the windows hold, whatever else is filtered."""
        sums = [await self._facts(window, self._plain, (), ("request_count",)) for window in self.windows]
        return sum(sum(map(sum, each.values())) for each in sums)

    @property
    def windows(self) -> tuple[Window, Window]:
        return self.before, self.after

    def is_summarised(self, dimensions: Sequence[str]) -> bool:
        """Whether rollups know all that is filtered on, and these dimensions."""
        return is_summarised(self.filters, dimensions)

    async def sums(self, window: Window, filters: Filters, names: tuple[str, ...]) -> dict[str, int]:
        """Sums of everything that passes the filters."""
        found = await self._facts(window, filters, (), names)
        return dict(zip(names, found.get((), (0,) * len(names)), strict=True))

    async def all_values(self, dimensions: Keys, filters: Filters | None = None) -> Values:
        """Every group by these dimensions, of all that passes the filters or narrower ones."""
        passing = self.filters if filters is None else filters
        before, after = [await self._facts(window, passing, dimensions, _AMOUNTS) for window in self.windows]
        return Values(_joined(before, after))

    async def most_values(self, dimension: str, filters: Filters, values_max: int = VALUES_MAX) -> Values:
        """The values that cost most in either window, with what they cost in both."""
        leading = [
            await self._facts(window, filters, (dimension,), _AMOUNTS, limit=values_max)
            for window in self.windows
        ]
        is_complete = all(len(each) < values_max for each in leading)
        found = []
        for window, mine, others in zip(self.windows, leading, reversed(leading), strict=True):
            missing = tuple(sorted(others.keys() - mine.keys())) if len(mine) == values_max else ()
            more = await self._facts(window, filters, (dimension,), _AMOUNTS, only=missing) if missing else {}
            found.append(mine | more)
        return Values(_joined(*found), is_complete)

    async def priced(self, window: Window, filters: Filters) -> list[Calls]:
        """The calls by model, outcome and rates, from rows."""
        query = PricedQuery(workspace_id=self.workspace_id, window=window, filters=filters)
        found = await self.reader.priced_calls(query)
        self._note(found.source)
        return [each.calls for each in found.groups]

    async def unpriced(self, window: Window) -> list[Calls]:
        """The calls by model as far as rollups know that, with their tokens and cost only."""
        dimensions = ("provider", "model") if self.is_summarised(("provider", "model")) else ()
        names = (*_AMOUNTS, *TOKEN_UNITS)
        found = await self._facts(window, self.filters, dimensions, names)
        return [
            Calls(
                model=(keys[0], keys[1]) if keys else ("", ""),
                requests=requests,
                cost=cost,
                units=dict(zip(TOKEN_UNITS, units, strict=True)),
                amounts={},
            )
            for keys, (cost, requests, *units) in found.items()
        ]

    async def _facts(
        self,
        window: Window,
        filters: Filters,
        dimensions: Keys,
        names: tuple[str, ...],
        limit: int | None = None,
        only: tuple[Keys, ...] = (),
    ) -> dict[Keys, tuple[int, ...]]:
        query = FactQuery(
            workspace_id=self.workspace_id,
            window=window,
            filters=filters,
            dimensions=dimensions,
            sums=names,
            order_by=names[0],
        )
        answer = await self.reader.facts(replace(query, limit=limit, only=only))
        self._note(answer.source)
        return {keys: sums for (_, keys), sums in answer.sums.items()}

    def _note(self, source: str) -> None:
        if source not in (*self.sources, "none"):
            self.sources.append(source)


def _joined(before: Mapping[Keys, Sequence[int]], after: Mapping[Keys, Sequence[int]]) -> dict[Keys, Amounts]:
    nothing = (0, 0)
    found = {}
    for keys in sorted(before.keys() | after.keys()):
        (usual, usual_requests), (actual, requests) = before.get(keys, nothing), after.get(keys, nothing)
        found[keys] = Amounts(usual, actual, usual_requests, requests)
    return found
