"""How many calls of the demo fall into each hour. Pure: the same for the same size, days and time.

The counts of all hours add up to the size exactly, whatever it is: shares are rounded by largest remainders.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farthing.intake import demo_planted as planted
from farthing.intake import demo_world as world
from farthing.rules.periods import DAY_MS, HOUR_MS

SIZE: Final = 5_000
SIZE_MIN: Final = 1_000
SIZE_MAX: Final = 1_000_000
DAYS: Final = 14
DAYS_MAX: Final = 400
BATCH_HOURS: Final = (2, 4)
"""When the calls run that nobody waits for."""
_THURSDAY: Final = 3
"""The first day of 1970, from which days are numbered."""
_HOURS_WEIGHT: Final = sum(world.HOUR_WEIGHTS)
_BATCH_SHARE: Final = sum(each.share for each in world.FEATURES if each.is_batch) / sum(
    each.share for each in world.FEATURES
)


@dataclass(frozen=True)
class Wanted:
    """A demo: how many calls, over how many UTC days up to and with the one of `now` (UTC milliseconds)."""

    now: int
    size: int = SIZE
    days: int = DAYS

    @property
    def scale(self) -> float:
        """How much busier its days are than those of the plain demo."""
        return self.size / self.days / (SIZE / DAYS)


@dataclass(frozen=True)
class Hour:
    """An hour of the story and how many calls it has of each sort; `first` is the place of its first call.

    It ends where the demo does, if that is before its end.
    """

    start: int
    end: int
    days_ago: int
    first: int
    usual_count: int
    batch_count: int
    spike_count: int
    runaway_count: int

    @property
    def count(self) -> int:
        return self.usual_count + self.batch_count + self.spike_count + self.runaway_count


def hours_of(wanted: Wanted) -> list[Hour]:
    """The hours that have calls, newest first: who looks while they are made sees the last days at once."""
    places = list(reversed(list(_hours(wanted))))
    weights = [weight for start, _, days_ago in places for weight in _weights(wanted, start, days_ago)]
    counts = _shared(wanted.size, weights)
    hours = []
    first = 0
    for place, (start, end, days_ago) in enumerate(places):
        hour = Hour(start, end, days_ago, first, *counts[place * 4 : place * 4 + 4])
        first += hour.count
        if hour.count:
            hours.append(hour)
    return hours


def _hours(wanted: Wanted) -> Iterator[tuple[int, int, int]]:
    """(start, end, days ago) of each hour up to now."""
    today = wanted.now // DAY_MS
    start = (today - wanted.days + 1) * DAY_MS
    while start <= wanted.now:
        yield start, min(start + HOUR_MS, wanted.now + 1), today - start // DAY_MS
        start += HOUR_MS


def _weights(wanted: Wanted, start: int, days_ago: int) -> tuple[float, float, float, float]:
    """How much of the demo is usual calls of this hour, batches, the spike, the runaway user."""
    day, hour = start // DAY_MS, start // HOUR_MS % 24
    busyness = world.WEEKDAY_WEIGHTS[(day + _THURSDAY) % 7] / (1 + world.GROWTH_A_DAY * days_ago)
    part = min(1.0, (wanted.now + 1 - start) / HOUR_MS)
    usual = busyness * part * (1 - _BATCH_SHARE) * world.HOUR_WEIGHTS[hour] / _HOURS_WEIGHT
    batch = busyness * part * _BATCH_SHARE * _part_of(hour, BATCH_HOURS)
    spike = planted.SPIKE_OF_A_DAY * _part_of(hour, planted.SPIKE_HOURS)
    runaway = planted.RUNAWAY_OF_A_DAY * _part_of(hour, planted.RUNAWAY_HOURS)
    return (
        usual,
        batch,
        spike if days_ago == planted.SPIKE_DAYS_AGO else 0.0,
        runaway if days_ago in planted.RUNAWAY_DAYS_AGO else 0.0,
    )


def _part_of(hour: int, hours: tuple[int, int]) -> float:
    """The part of a stretch of hours that this one is."""
    return 1 / (hours[1] - hours[0]) if hours[0] <= hour < hours[1] else 0.0


def _shared(total: int, weights: list[float]) -> list[int]:
    """Whole numbers in proportion to the weights that add up to the total."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    counts = [int(each) for each in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: counts[place] - exact[place])
    for place in by_rest[: total - sum(counts)]:
        counts[place] += 1
    return counts
