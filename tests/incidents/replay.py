"""Three months of the demo's calls as evidence for looks: sums by the quarter hour, kept in memory."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.incidents.evidence import Parts, Sums
from farthing.rules.anomalies import Recent
from farthing.rules.changes import Where
from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window
from farthing.rules.signals import SUMS
from farthing.rules.usage import INPUT_UNITS, TOKEN_UNITS
from farthing.rules.watching import WATCHED, History
from farthing.rules.week import hours_of_week

_PLACES_MAX: Final = 12
_DIMENSIONS: Final = (
    "endpoint_tag",
    "prompt_version",
    "model",
    "tenant_id",
    "user_id",
    "feature_tag",
    "provider",
)
_Row = tuple[int, tuple[str, ...], tuple[int, ...]]


class ReplayEvidence:
    """Keeps `Evidence`; the places are all that the calls ever had, the largest of each dimension."""

    zone = ZoneInfo("UTC")

    def __init__(self, events: Iterable[UsageEvent]) -> None:
        self._rows: list[_Row] = sorted((each.occurred_at, _names(each), _sums(each)) for each in events)
        self._times = [row[0] for row in self._rows]
        self.first = self._times[0] // DAY_MS * DAY_MS
        count = (self._times[-1] - self.first) // QUARTER_MS + 2
        by_place: dict[Where, list[list[int]]] = defaultdict(lambda: [[0] * count for _ in SUMS])
        for at, names, sums in self._rows:
            for place in _places(names):
                for column, amount in zip(by_place[place], sums, strict=True):
                    column[(at - self.first) // QUARTER_MS] += amount
        self._sums = {place: dict(zip(SUMS, by_place[place], strict=True)) for place in _largest(by_place)}

    async def biggest(self, at: int) -> list[Where]:  # noqa: ARG002 - the protocol has it
        return list(self._sums)

    async def histories(self, places: Sequence[Where], at: int) -> tuple[list[History], list[int]]:
        window = Window(self.first, at // HOUR_MS * HOUR_MS)
        count = (window.end - window.start) // QUARTER_MS
        return (
            [
                History(
                    place,
                    {name: [sum(some[n : n + 4]) for n in range(0, count, 4)] for name, some in sums.items()},
                )
                for place in places
                for sums in (self._sums[place],)
            ],
            hours_of_week(window, HOUR_MS, self.zone),
        )

    async def recents(self, places: Sequence[Where], at: int) -> dict[Where, Recent]:
        window = Window(at - DAY_MS, at)
        slots = hours_of_week(window, QUARTER_MS, self.zone)
        return {place: Recent(dict(await self.series(place, window)), slots) for place in places}

    async def series(self, place: Where, window: Window) -> dict[str, Sequence[int]]:
        first, last = ((at - self.first) // QUARTER_MS for at in (window.start, window.end))
        return {name: some[first:last] for name, some in self._sums[place].items()}

    async def parts(self, place: Where, window: Window, measure: str) -> Parts:
        days = [Window(window.start - n * DAY_MS, window.end - n * DAY_MS) for n in range(1, 15)]
        before = [each for each in days if each.end <= window.start and each.start >= self.first][:7]
        actual, requests = self._added(place, [window], measure)
        return Parts(actual, requests, *self._added(place, before, measure), len(before))

    def _added(self, place: Where, windows: Iterable[Window], measure: str) -> tuple[Sums, Sums]:
        amounts: Sums = defaultdict(int)
        requests: Sums = defaultdict(int)
        for window in windows:
            rows = self._rows[bisect_left(self._times, window.start) : bisect_left(self._times, window.end)]
            for _, names, sums in rows:
                pairs = sorted(zip(_DIMENSIONS, names, strict=True))
                if set(place) <= set(pairs):
                    for part in [(), *((pair,) for pair in pairs), *combinations(pairs, 2)]:
                        amounts[part] += sums[SUMS.index(measure)]
                        requests[part] += 1
        return dict(amounts), dict(requests)


def _names(event: UsageEvent) -> tuple[str, ...]:
    return tuple(getattr(event, name) or "unknown" for name in _DIMENSIONS)


def _places(names: tuple[str, ...]) -> list[Where]:
    named = zip(_DIMENSIONS, names, strict=True)
    return [(), *(((name, value),) for name, value in named if name in WATCHED and value != "unknown")]


def _largest(by_place: dict[Where, list[list[int]]]) -> list[Where]:
    found: list[Where] = [()]
    for dimension in WATCHED:
        mine = [place for place in by_place if place and place[0][0] == dimension]
        found += sorted(mine, key=lambda place: -sum(by_place[place][0]))[:_PLACES_MAX]
    return found


def _sums(event: UsageEvent) -> tuple[int, ...]:
    units = event.usage.units
    return (
        event.cost_picousd or 0,
        1,
        int(event.status == "error"),
        int(int(str((event.extra or {}).get("attempt", 1))) > 1),
        1,
        sum(units.get(unit, 0) for unit in INPUT_UNITS),
        units.get("cache_read", 0),
        sum(units.get(unit, 0) for unit in TOKEN_UNITS),
        int(event.pricing_status != "priced"),
    )
