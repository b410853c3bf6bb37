"""The series of a world's places: what rollups would answer, by step, of each value that is watched."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp
from random import Random
from typing import Final

from farthing.rules.changes import Where
from farthing.rules.signals import SUMS
from farthing.rules.watching import WATCHED
from tools.synthetic.streams import MEASURES, Track, poisson
from tools.synthetic.worlds import USERS, World, tenant_of, user_weights

Sums = dict[str, list[int]]
_QUARTERS_AN_HOUR: Final = 4
_OF_PEOPLE: Final = ("tenant_id", "user_id")
_USER_NOISE: Final = 0.25
"""How much busier or calmer than everybody else a user is in a step (sigma of the logarithm)."""


@dataclass(frozen=True)
class Place:
    """A place by the hour of history and play, and by the quarter hour of play.

    `calls` are running sums of its requests by the hour, from 0.
    """

    where: Where
    hours: Sums
    quarters: Sums
    calls: list[int]


def places(world: World) -> list[Place]:
    """The workspace, then the values of what the product watches, in its order."""
    people = _people(world)
    found = [_place((), _added(world.history, ()), _added(world.play, ()))]
    for dimension in WATCHED:
        for value in sorted(_values(world, dimension)):
            where = ((dimension, value),)
            series = [_added(tracks, where) for tracks in (world.history, world.play)]
            if dimension in _OF_PEOPLE:
                users = [n for n in range(USERS) if value in (f"u_{n}", tenant_of(n))]
                series = [
                    _sum([one, *(split[n] for n in users)]) for one, split in zip(series, people, strict=True)
                ]
            found.append(_place(where, *series))
    return found


def _values(world: World, dimension: str) -> Iterator[str]:
    own = {track.stream.names[dimension] for track in world.play if dimension in track.stream.names}
    if dimension in _OF_PEOPLE:
        own |= {f"u_{n}" if dimension == "user_id" else tenant_of(n) for n in range(USERS)}
    yield from own


def _place(where: Where, history: Sums, play: Sums) -> Place:
    sums = {name: (_with_tokens(history)[name], _with_tokens(play)[name]) for name in SUMS}
    hours = {name: [*before, *_hourly(then)] for name, (before, then) in sums.items()}
    calls = [0, *accumulate(hours["request_count"])]
    return Place(where, hours, {name: then for name, (_, then) in sums.items()}, calls)


def _hourly(quarters: Sequence[int]) -> list[int]:
    starts = range(0, len(quarters), _QUARTERS_AN_HOUR)
    return [sum(quarters[start : start + _QUARTERS_AN_HOUR]) for start in starts]


def _with_tokens(sums: Sums) -> Sums:
    return sums | {
        "tokens": [a + b for a, b in zip(sums["input_tokens"], sums["output_tokens"], strict=True)]
    }


def _added(tracks: Sequence[Track], where: Where) -> Sums:
    """The sums of the streams that have these names."""
    some = [track.sums for track in tracks if set(where) <= set(track.stream.names.items())]
    count = len(tracks[0].sums["request_count"])
    return _sum(some) if some else {name: [0] * count for name in MEASURES}


def _sum(some: Sequence[Sums]) -> Sums:
    return {name: list(map(sum, zip(*(each[name] for each in some), strict=True))) for name in MEASURES}


def _people(world: World) -> list[list[Sums]]:
    """By history and play, the sums of each user in what streams that are not one user's did."""
    rng = Random(f"people {world.name}")
    return [
        _split([track for track in tracks if "user_id" not in track.stream.names], rng)
        for tracks in (world.history, world.play)
    ]


def _split(tracks: Sequence[Track], rng: Random) -> list[Sums]:
    whole = _added(tracks, ())
    of_user: list[Sums] = [{name: [] for name in MEASURES} for _ in range(USERS)]
    weights = user_weights()
    for step, count in enumerate(whole["request_count"]):
        drawn = [poisson(rng, count * weight * exp(rng.gauss(0, _USER_NOISE))) for weight in weights]
        shares = drawn if any(drawn) else [1, *([0] * (USERS - 1))]
        for name in MEASURES:
            for sums, part in zip(of_user, _parts(whole[name][step], shares, rng), strict=True):
                sums[name].append(part)
    return of_user


def _parts(amount: int, shares: Sequence[int], rng: Random) -> Iterable[int]:
    """The amount by these shares, to the last unit: what does not come out even falls to chance."""
    if not amount:
        return [0] * len(shares)
    total = sum(shares)
    parts = [amount * share // total for share in shares]
    for number in rng.choices(range(len(shares)), shares, k=amount - sum(parts)):
        parts[number] += 1
    return parts
