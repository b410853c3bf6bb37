"""What is usual of a ratio: cost per request, error rate, cached share, by the hour of the day.

A ratio varies with what it is a share of: of ten requests three may fail by chance, of ten thousand they do
not. So what is learnt is the variance of the numerator for one unit of the denominator.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

import msgspec

from farthing.rules.baseline import HISTORY_HOURS_MIN, SPANS, SpanNoise, noise
from farthing.rules.robust import spread
from farthing.rules.week import HOURS_A_DAY, HOURS_A_WEEK

HISTORY_HOURS_USED: Final = 4 * HOURS_A_WEEK
"""Ratios change with every release: what was usual before four weeks ago is not."""
_DROPPED_SHARE: Final = 8
_OWN_HOUR_SHARE: Final = 3
_SHARE_MIN: Final = 0.01
_VALUE_SPREAD_MIN: Final = 0.3
"""Of a value per unit (not a share) the sigma of a single unit is at least this part of it."""


class RatioBaseline(msgspec.Struct, frozen=True, kw_only=True):
    """The usual of a ratio. `ratios` are 24, by the local hour of the day.

    `variance` is that of the numerator for a denominator of 1; with a denominator of n it is n times that.
    """

    ratios: tuple[float, ...]
    variance: float
    noise: tuple[SpanNoise, ...]


def learn_ratio(
    numerators: Sequence[int], denominators: Sequence[int], hours_of_week: Sequence[int], *, is_share: bool
) -> RatioBaseline | None:
    """The usual of numerators over denominators of hours, oldest first.

    None with less than three days of hours that have a denominator. `is_share` says that the numerator is a
    part of the denominator, so that chance alone makes it vary.
    """
    first = max(0, len(denominators) - HISTORY_HOURS_USED)
    rows = [
        (above, below, slot % HOURS_A_DAY)
        for above, below, slot in zip(
            numerators[first:], denominators[first:], hours_of_week[first:], strict=True
        )
        if below > 0
    ]
    if len(rows) < HISTORY_HOURS_MIN:
        return None
    ratios = _ratios(rows)
    deviations = [above - ratios[hour] * below for above, below, hour in rows]
    roots = [sqrt(below) for _, below, _ in rows]
    sigma = spread([deviation / root for deviation, root in zip(deviations, roots, strict=True)])
    variance = max(sigma * sigma, _variance_min(sum(ratios) / len(ratios), is_share=is_share))
    spreads = [sqrt(variance) * root for root in roots]
    return RatioBaseline(ratios=tuple(ratios), variance=variance, noise=tuple(noise(deviations, spreads)))


def at_first(ratio: float, *, is_share: bool) -> RatioBaseline:
    """What holds as long as there is too little to learn from: this ratio, and no more noise than chance."""
    calm = tuple(SpanNoise(hours, 1.0, 0.0) for hours in SPANS)
    return RatioBaseline(
        ratios=(ratio,) * HOURS_A_DAY, variance=_variance_min(ratio, is_share=is_share), noise=calm
    )


def _ratios(rows: Sequence[tuple[int, int, int]]) -> list[float]:
    """The usual of each hour of the day, drawn towards that of the whole day where calls are few."""
    overall = _usual(rows)
    weight = sum([below for _, below, _ in rows]) / HOURS_A_DAY / _OWN_HOUR_SHARE
    by_hour: list[list[tuple[int, int, int]]] = [[] for _ in range(HOURS_A_DAY)]
    for row in rows:
        by_hour[row[2]].append(row)
    ratios = []
    for some in by_hour:
        below = sum([row[1] for row in some])
        ratios.append((_usual(some) * below + overall * weight) / (below + weight) if some else overall)
    return ratios


def _usual(rows: Sequence[tuple[int, int, int]]) -> float:
    """All numerators over all denominators, without the eighth of the hours at either end."""
    ordered = sorted(rows, key=lambda row: row[0] / row[1])
    dropped = len(ordered) // _DROPPED_SHARE
    kept = ordered[dropped : len(ordered) - dropped]
    return sum([row[0] for row in kept]) / sum([row[1] for row in kept])


def _variance_min(rate: float, *, is_share: bool) -> float:
    if is_share:
        share = min(max(rate, _SHARE_MIN), 1 - _SHARE_MIN)
        return share * (1 - share)
    return (rate * _VALUE_SPREAD_MIN) ** 2
