"""What is usual: the rhythm of hours and weekdays of a series of hourly sums, its variation, its growth.

Robust, because history holds the very spikes that are to be found: levels are medians of days, the rhythm is
a trimmed mean over weeks, spreads leave the wildest values out. A level that changed for good is the usual
one after four days. Statistics in floats, of counts or of pico-dollars alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import log, sqrt
from typing import Final

import msgspec

from farthing.rules.robust import median, middle, quantile, spread
from farthing.rules.week import DAYS_A_WEEK, HOURS_A_DAY, HOURS_A_WEEK, is_weekend

SPANS: Final = (1, 3, 24)
"""Hours that deviations are looked at together: a burst, a part of a day, a day."""
HISTORY_HOURS_MIN: Final = 3 * HOURS_A_DAY
HISTORY_HOURS_MAX: Final = 13 * HOURS_A_WEEK

_OWN_HOUR_WEEKS: Final = 4
"""From so many weeks on each hour of the week has its own usual; before, weekdays share theirs."""
_GROUP_HOURS: Final = 21
_SPREAD_SHARE_MIN: Final = 0.05
_TAIL: Final = {1: 0.99, 3: 0.99, 24: 0.98}
_LEVEL_MIN: Final = 0.02
_GROWTH_WEEKS: Final = 8
_GROWTH_MAX: Final = 0.15
"""A week's growth is believed up to 15 %, so that a month cannot come out as several times this one."""


class SpanNoise(msgspec.Struct, frozen=True):
    """How deviations of `hours` together behave beside what independent hours would.

    `inflation` multiplies their sigma, because busy hours come in busy days; `tail` is how many such sigmas
    the largest ones of history were above what was usual.
    """

    hours: int
    inflation: float
    tail: float


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """The usual of a series, as learnt. Can be kept, and asked of for a day or two.

    `hours` are 168 usual sums by the hour of the week, at the level of the last days, `spreads` their sigmas.
    `level_drift` is the sigma of the logarithm by which a week's level differs from that of the week before,
    `growth` the logarithm by which weeks grow. `history_hours` is how much there was to learn from.
    """

    hours: tuple[float, ...]
    spreads: tuple[float, ...]
    noise: tuple[SpanNoise, ...]
    level_drift: float
    growth: float
    history_hours: int


def learn(values: Sequence[int], hours_of_week: Sequence[int]) -> Baseline | None:
    """The usual of a series of hourly sums, oldest first, each with its hour of the week (`rules.week`).

    The series begins with its first sum above 0; None if that is less than three days ago.
    """
    begin = max(
        next((n for n, value in enumerate(values) if value), len(values)), len(values) - HISTORY_HOURS_MAX
    )
    values, slots = values[begin:], hours_of_week[begin:]
    count = len(values)
    if count < HISTORY_HOURS_MIN:
        return None
    levels = _levels(values)
    scaled = [value / levels[(count - 1 - n) // HOURS_A_WEEK] for n, value in enumerate(values)]
    hours = _rhythm(scaled, slots)
    deviations = [value - hours[slot] for value, slot in zip(scaled, slots, strict=True)]
    spreads = _spreads(deviations, hours, slots)
    drift, growth = _drift(levels)
    return Baseline(
        hours=tuple(hours),
        spreads=tuple(spreads),
        noise=tuple(noise(deviations, [spreads[slot] for slot in slots])),
        level_drift=drift,
        growth=growth,
        history_hours=count,
    )


def _levels(values: Sequence[int]) -> list[float]:
    """How busy each week was beside the last one, the newest first; weeks and days are counted from the end.

    A week's level is the median of its days' shares of what the same weekdays usually hold, so that neither a
    spike nor a holiday moves it.
    """
    ends = range(len(values), HOURS_A_DAY - 1, -HOURS_A_DAY)
    days = [float(sum(values[end - HOURS_A_DAY : end])) for end in ends]
    weeks = -(-len(values) // HOURS_A_WEEK)
    if len(days) < 2 * DAYS_A_WEEK:
        return [1.0] * weeks
    usual = [median(days[weekday::DAYS_A_WEEK]) for weekday in range(DAYS_A_WEEK)]
    levels: list[float] = []
    for week in range(weeks):
        of_week = days[week * DAYS_A_WEEK : (week + 1) * DAYS_A_WEEK]
        shares = [day / usual[n] for n, day in enumerate(of_week) if usual[n]]
        levels.append(max(median(shares), _LEVEL_MIN) if shares else (levels[-1] if levels else 1.0))
    return [level / levels[0] for level in levels]


def _rhythm(scaled: Sequence[float], slots: Sequence[int]) -> list[float]:
    """The usual of each hour of the week, so that the hours of a day add up to a usual day."""
    pools = _pools(len(scaled))
    by_pool: dict[int, list[float]] = {}
    for value, slot in zip(scaled, slots, strict=True):
        by_pool.setdefault(pools[slot], []).append(value)
    usual = {pool: middle(values) for pool, values in by_pool.items()}
    anything = middle(scaled)
    hours = [usual.get(pools[slot], anything) for slot in range(HOURS_A_WEEK)]
    return _to_days(hours, scaled, slots, pools)


def _pools(count: int) -> list[int]:
    """Which hours of the week learn together: with little history all weekdays, with very little all days."""
    slots = range(HOURS_A_WEEK)
    if count >= _OWN_HOUR_WEEKS * HOURS_A_WEEK:
        return list(slots)
    if count >= HOURS_A_WEEK:
        return [slot % HOURS_A_DAY + HOURS_A_DAY * is_weekend(slot) for slot in slots]
    return [slot % HOURS_A_DAY for slot in slots]


def _to_days(
    hours: list[float], scaled: Sequence[float], slots: Sequence[int], pools: list[int]
) -> list[float]:
    """`hours`, each day of them brought to the usual sum of such days.

    What is trimmed hour by hour is lower than it should be where calls are rare: most hours of a day may be
    empty, and the day is not.
    """
    totals: dict[int, list[float]] = {}
    for day in _whole_days(slots):
        totals.setdefault(pools[slots[day.start]], []).append(sum(scaled[day.start : day.stop]))
    for first in range(0, HOURS_A_WEEK, HOURS_A_DAY):
        total, of_hours = totals.get(pools[first]), sum(hours[first : first + HOURS_A_DAY])
        if total and of_hours:
            factor = middle(total) / of_hours
            hours[first : first + HOURS_A_DAY] = [
                hour * factor for hour in hours[first : first + HOURS_A_DAY]
            ]
    return hours


def _whole_days(slots: Sequence[int]) -> list[range]:
    """Where the 24 hours of local days are that lie in the series whole and without a clock change."""
    starts = [n for n, slot in enumerate(slots) if slot % HOURS_A_DAY == 0]
    return [range(a, b) for a, b in pairwise([*starts, len(slots)]) if b - a == HOURS_A_DAY]


def _spreads(deviations: Sequence[float], hours: Sequence[float], slots: Sequence[int]) -> list[float]:
    """The sigma of each hour of the week, learnt together by hours that are about as busy."""
    by_slot: list[list[float]] = [[] for _ in range(HOURS_A_WEEK)]
    for deviation, slot in zip(deviations, slots, strict=True):
        by_slot[slot].append(deviation)
    order = sorted(range(HOURS_A_WEEK), key=hours.__getitem__)
    found = [0.0] * HOURS_A_WEEK
    for first in range(0, HOURS_A_WEEK, _GROUP_HOURS):
        group = order[first : first + _GROUP_HOURS]
        sigma = spread([deviation for slot in group for deviation in by_slot[slot]])
        for slot in group:
            found[slot] = max(sigma, _SPREAD_SHARE_MIN * hours[slot])
    return found


def noise(deviations: Sequence[float], spreads: Sequence[float]) -> list[SpanNoise]:
    """How deviations of hours, each with its sigma, add up over the spans."""
    sums = [0.0, *accumulate(deviations)]
    squares = [0.0, *accumulate([sigma * sigma for sigma in spreads])]
    return [_span_noise(sums, squares, span) for span in SPANS]


def _span_noise(sums: Sequence[float], squares: Sequence[float], span: int) -> SpanNoise:
    """From the running sums of deviations and of squared sigmas, cut into spans."""
    ends = range(span, len(sums), span)
    scores = [
        (sums[end] - sums[end - span]) / sqrt(squares[end] - squares[end - span])
        for end in ends
        if squares[end] > squares[end - span]
    ]
    inflation = max(1.0, spread(scores))
    return SpanNoise(span, inflation, quantile(scores, _TAIL[span]) / inflation)


def _drift(levels: Sequence[float]) -> tuple[float, float]:
    """How far weeks' levels jump, and how they grow: the median of all slopes between two weeks."""
    logs = [log(level) for level in levels[:_GROWTH_WEEKS]]
    slopes = [
        (logs[new] - logs[old]) / (old - new) for new in range(len(logs)) for old in range(new + 1, len(logs))
    ]
    growth = median(slopes) if len(logs) >= _OWN_HOUR_WEEKS else 0.0
    growth = min(max(growth, -_GROWTH_MAX), _GROWTH_MAX)
    return spread([new - old - growth for new, old in pairwise(logs)]), growth
