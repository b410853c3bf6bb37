"""What a storage would answer about a world: sums of places by step, and of parts over a window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Final

from farthing.rules.changes import Amounts, Where, scaled
from farthing.rules.signals import SUMS
from tools.synthetic.streams import HOURS_A_WEEK, MEASURES, Track
from tools.synthetic.worlds import HISTORY_HOURS, World

Sums = dict[str, list[int]]
QUARTERS_A_WEEK: Final = HOURS_A_WEEK * 4
_USERS: Final = 12
_WEEKS_BEFORE: Final = 4


@dataclass(frozen=True)
class Place:
    """A place with its hours of history and its quarter hours of play."""

    where: Where
    history: Sums
    play: Sums


def places(world: World) -> list[Place]:
    """The workspace, then each of its endpoints and models, in order."""
    wheres: list[Where] = [()]
    for dimension in ("endpoint_tag", "model"):
        wheres += [((dimension, value),) for value in sorted({t.stream.names[dimension] for t in world.play})]
    return [Place(where, _added(world.history, where), _added(world.play, where)) for where in wheres]


def _added(tracks: Sequence[Track], where: Where) -> Sums:
    some = [track.sums for track in tracks if set(where) <= set(track.stream.names.items())]
    sums = {
        name: [sum(step) for step in zip(*(each[name] for each in some), strict=True)] for name in MEASURES
    }
    sums["tokens"] = [a + b for a, b in zip(sums["input_tokens"], sums["output_tokens"], strict=True)]
    return {name: sums[name] for name in SUMS}


def cells(
    world: World, window: tuple[int, int], measure: str, usual_total: int | None = None
) -> tuple[Amounts, dict[Where, Amounts]]:
    """The whole and its parts in these quarters of the play, beside the same hours of the weeks before.

    The weeks before are scaled so that their whole is `usual_total`, or else that of a mean week.
    """
    before = [
        (window[0] - week * QUARTERS_A_WEEK, window[1] - week * QUARTERS_A_WEEK)
        for week in range(1, _WEEKS_BEFORE + 1)
    ]
    actual, usual = _parts(world, [window], measure), _parts(world, before, measure)
    of = usual.get((), 0) or 1
    usual = scaled(
        usual, _WEEKS_BEFORE if usual_total is None else of, 1 if usual_total is None else usual_total
    )
    requests = _parts(world, [window], "request_count")
    usual_requests = scaled(_parts(world, before, "request_count"), _WEEKS_BEFORE, 1)
    found = {
        where: Amounts(
            usual.get(where, 0), actual.get(where, 0), usual_requests.get(where, 0), requests.get(where, 0)
        )
        for where in ({(), *actual, *usual, *requests, *usual_requests})
    }
    return found.pop(()), found


def _parts(world: World, windows: Iterable[tuple[int, int]], measure: str) -> dict[Where, int]:
    """Sums by value and by pair of values; windows before the play are read from the history's hours."""
    found: dict[Where, int] = {}
    for start, end in windows:
        for history, play in zip(world.history, world.play, strict=True):
            amount = _amount(history, play, (start, end), measure)
            if not amount:
                continue
            for names, part in _users(play, amount, start):
                pairs = sorted(names.items())
                for where in [(), *((pair,) for pair in pairs), *combinations(pairs, 2)]:
                    found[where] = found.get(where, 0) + part
    return found


def _amount(history: Track, play: Track, window: tuple[int, int], measure: str) -> int:
    start, end = window
    if start >= 0:
        return sum(play.sums[measure][start:end])
    hours = history.sums[measure]
    total = sum(hours[HISTORY_HOURS + n // 4] for n in range(start, min(end, 0)))
    return round(total / 4) + sum(play.sums[measure][: max(end, 0)])


def _users(track: Track, amount: int, salt: int) -> list[tuple[dict[str, str], int]]:
    """A stream's amount by its users: a dozen of unequal weight, never quite alike; or the one it is of."""
    names = track.stream.names
    if "user_id" in names:
        return [(names, amount)]
    rng = Random(f"{names} {salt}")
    weights = [rng.uniform(0.8, 1.2) / (1 + n) for n in range(_USERS)]
    parts = [round(amount * weight / sum(weights)) for weight in weights]
    parts[0] += amount - sum(parts)
    return [(names | {"user_id": f"u_{n}"}, part) for n, part in enumerate(parts)]
