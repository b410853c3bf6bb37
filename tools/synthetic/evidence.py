"""What the product asks when it watches (`actions.incidents.evidence.Evidence`), answered of a world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.incidents.evidence import PARTS, Parts, Sums, add_parts, windows_before
from farthing.reports.dimensions import UNKNOWN
from farthing.rules.anomalies import QUARTERS, Recent
from farthing.rules.baseline import HISTORY_HOURS_MAX
from farthing.rules.changes import Where
from farthing.rules.periods import HOUR_MS, QUARTER_MS, Window
from farthing.rules.signals import SUMS
from farthing.rules.watching import History
from farthing.rules.week import hours_of_week
from tools.synthetic.streams import HOURS_A_WEEK, MEASURES, Stream, Track, failed_cost
from tools.synthetic.sums import Place, places
from tools.synthetic.worlds import (
    EPOCH,
    HISTORY_HOURS,
    PLAY_AT,
    PLAY_HOURS,
    World,
    tenant_of,
    user_weights,
)

_UTC: Final = ZoneInfo("UTC")
_EVERYTHING: Final = Window(EPOCH, PLAY_AT + PLAY_HOURS * HOUR_MS)
_HOURS: Final = hours_of_week(_EVERYTHING, HOUR_MS, _UTC)
_QUARTERS: Final = hours_of_week(Window(PLAY_AT, _EVERYTHING.end), QUARTER_MS, _UTC)
_PEOPLE: Final = frozenset({"user_id", "tenant_id"})
_USER_SPREAD: Final = (0.8, 1.2)
_NOTHING_SAID: Final = {dimension: UNKNOWN for dimensions in PARTS for dimension in dimensions}
Names = dict[str, str]


class WorldEvidence:
    """`Evidence` of a world, at any quarter hour from a day after the play's beginning on."""

    def __init__(self, world: World) -> None:
        self.zone = _UTC
        self._world = world
        self._places = {place.where: place for place in places(world)}

    async def biggest(self, at: int) -> list[Where]:
        """See Evidence. A world has fewer places than are watched at most: all that had calls for a week."""
        end = (at - EPOCH) // HOUR_MS
        start = end - HOURS_A_WEEK
        return [
            where for where, place in self._places.items() if place.calls[end] > place.calls[max(0, start)]
        ]

    async def histories(self, wheres: Sequence[Where], at: int) -> tuple[list[History], list[int]]:
        """See Evidence."""
        end = (at - EPOCH) // HOUR_MS
        start = max(0, end - HISTORY_HOURS_MAX)
        of_places = [
            History(where, {name: self._places[where].hours[name][start:end] for name in SUMS})
            for where in wheres
        ]
        return of_places, _HOURS[start:end]

    async def recents(self, wheres: Sequence[Where], at: int) -> dict[Where, Recent]:
        """See Evidence."""
        end = (at - PLAY_AT) // QUARTER_MS
        slots = _QUARTERS[end - QUARTERS : end]
        return {where: Recent(_cut(self._places[where], end - QUARTERS, end), slots) for where in wheres}

    async def series(self, where: Where, window: Window) -> dict[str, Sequence[int]]:
        """See Evidence."""
        start, end = _quarters(window)
        return _cut(self._places[where], start, end)

    async def parts(self, where: Where, window: Window, measure: str) -> Parts:
        """See Evidence."""
        before = windows_before(window, EPOCH)
        actual, requests = self._parts_in(where, [window], measure)
        usual, usual_requests = self._parts_in(where, before, measure)
        return Parts(actual, requests, usual, usual_requests, len(before))

    def _parts_in(self, where: Where, windows: Sequence[Window], measure: str) -> tuple[Sums, Sums]:
        found: tuple[Sums, Sums] = {}, {}
        for window in windows:
            rows = [
                (names, row)
                for names, row in self._rows(_quarters(window), measure)
                if set(where) <= set(names.items())
            ]
            for dimensions in PARTS:
                groups: dict[tuple[int, tuple[str, ...]], tuple[int, int]] = {}
                for names, (amount, count) in rows:
                    key = 0, tuple(names[dimension] for dimension in dimensions)
                    before = groups.get(key, (0, 0))
                    groups[key] = before[0] + amount, before[1] + count
                add_parts(groups, dimensions, found)
        return found

    def _rows(self, span: tuple[int, int], measure: str) -> Iterator[tuple[Names, tuple[int, int]]]:
        """The measure and the requests of these quarters, by everything that calls are told apart by."""
        for history, play in zip(self._world.history, self._world.play, strict=True):
            sums = {name: _amount(history, play, span, name) for name in MEASURES}
            sums["tokens"] = sums["input_tokens"] + sums["output_tokens"]
            for outcome, row in _outcomes(sums, measure):
                for person, part in _people(play.stream, row, span[0]):
                    yield _NOTHING_SAID | play.stream.names | outcome | person, part


def _quarters(window: Window) -> tuple[int, int]:
    return (window.start - PLAY_AT) // QUARTER_MS, (window.end - PLAY_AT) // QUARTER_MS


def _cut(place: Place, start: int, end: int) -> dict[str, Sequence[int]]:
    return {name: place.quarters[name][start:end] for name in SUMS}


def _amount(history: Track, play: Track, span: tuple[int, int], measure: str) -> int:
    """The sum of these quarters; of those before the play a fourth of their hours."""
    start, end = span
    hours = history.sums[measure]
    total = sum(hours[HISTORY_HOURS + n // 4] for n in range(start, min(end, 0)))
    return round(total / 4) + sum(play.sums[measure][max(start, 0) : max(end, 0)])


def _outcomes(sums: dict[str, int], measure: str) -> Iterator[tuple[Names, tuple[int, int]]]:
    """Calls that failed and calls that did not."""
    count, failed = sums["request_count"], sums["error_count"]
    amount = sums[measure]
    of_failed = {"request_count": failed, "error_count": failed, "cost_picousd": failed_cost(sums)}.get(
        measure, amount * failed // count if count else 0
    )
    if failed:
        yield {"status": "error", "error_code": "rate_limit"}, (of_failed, failed)
    if count > failed:
        yield {"status": "success"}, (amount - of_failed, count - failed)


def _people(stream: Stream, row: tuple[int, int], salt: int) -> Iterator[tuple[Names, tuple[int, int]]]:
    """A row by who called: everybody, never in quite the same shares; or the one whose stream it is."""
    if stream.is_of_nobody or _PEOPLE & stream.names.keys():
        yield {}, row
        return
    rng = Random(f"{stream.names} {salt}")
    weights = [weight * rng.uniform(*_USER_SPREAD) for weight in user_weights()]
    parts = [[round(amount * weight / sum(weights)) for weight in weights] for amount in row]
    for amount, split in zip(row, parts, strict=True):
        split[0] += amount - sum(split)
    for n, (amount, count) in enumerate(zip(*parts, strict=True)):
        if amount or count:
            yield {"user_id": f"u_{n}", "tenant_id": tenant_of(n)}, (amount, count)
