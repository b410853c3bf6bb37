"""What a period will have come to at its end, with a range, and when a limit will be crossed.

What is left of the period is filled with what is usual at those hours (`rules.baseline`), so that a Friday
evening does not promise a weekend of Fridays. A spike in the past moves nothing, growth goes on for a while
and then less. The range is meant to hold the truth nine times in ten: docs/forecasts.md says how often it
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import exp, sqrt
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from farthing.rules.baseline import HISTORY_HOURS_MIN, Baseline
from farthing.rules.periods import QUARTER_MS
from farthing.rules.week import DAYS_A_WEEK, HOURS_A_DAY, HOURS_A_WEEK

_QUARTERS_AN_HOUR: Final = 4
_QUARTERS_A_WEEK: Final = HOURS_A_WEEK * _QUARTERS_AN_HOUR
_NINE_IN_TEN: Final = 1.645
_GROWTH_KEPT: Final = 0.9
"""Each week ahead grows by so much of the growth of the week before."""
_SIGMA_MAX: Final = 1.2

_SIGMAS: Final = ((7, 0.22, 0.45), (14, 0.12, 0.10), (28, 0.08, 0.06), (56, 0.05, 0.05))
"""(days of history at most, how much a week's level may be off whatever was seen, and a single day's)."""
_SIGMAS_MIN: Final = (0.04, 0.05)
_KNOWN: Final = 0.9
"""Of the variance between two weeks: that of the one week by which the level is known, and of what comes."""
_WALK: Final = 0.5
"""How much of the drift between two weeks stays for good, instead of being made up for by the next."""
_GROWTH_DOUBT: Final = 0.25


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of the whole period, in the unit of the series; `low` is at least what is spent already.

    `exceeds_at` is when the limit is crossed if all goes as expected, `exceeds_at_earliest` if it goes the
    high way: instants at the end of a quarter hour. None: not within the period, or already.
    """

    low: int
    expected: int
    high: int
    exceeds_at: int | None
    exceeds_at_earliest: int | None


class NoForecast(msgspec.Struct, frozen=True):
    """Why nothing can be said: a code, and a sentence with its numbers."""

    reason: Literal["not_enough_history", "rolling_period", "not_in_force"]
    message: str


NOT_IN_FORCE: Final = NoForecast("not_in_force", "the budget does not hold now: see its start and end")
ROLLING: Final = NoForecast(
    "rolling_period", "a period that moves along with the clock has no end to look at"
)


class Ahead(msgspec.Struct, frozen=True):
    """What is left of a period: the quarter hours from `start` on, each with its hour of the week."""

    start: int
    hours_of_week: Sequence[int]


def forecast(
    usual: Baseline | None, spent: int, ahead: Ahead, limit: int | None = None
) -> Forecast | NoForecast:
    """What a period comes to, of which `spent` is spent until `ahead.start`."""
    if usual is None:
        days = HISTORY_HOURS_MIN // HOURS_A_DAY
        return NoForecast("not_enough_history", f"it takes {days} days since the first call to know a rhythm")
    quarters = _expected(usual, ahead.hours_of_week)
    running = list(accumulate(quarters))
    to_come = running[-1] if running else 0.0
    sigma = _sigma(usual, ahead.hours_of_week, to_come)
    factor = exp(_NINE_IN_TEN * sigma)
    return Forecast(
        low=spent + round(to_come / factor),
        expected=spent + round(to_come),
        high=spent + round(to_come * factor),
        exceeds_at=_crossing(running, ahead.start, spent, limit, 1.0),
        exceeds_at_earliest=_crossing(running, ahead.start, spent, limit, factor),
    )


def not_below(found: Forecast, spent: int) -> Forecast:
    """A forecast that was made a while ago: the period can't come to less than is spent meanwhile."""
    if spent <= found.low:
        return found
    return replace(found, low=spent, expected=max(found.expected, spent), high=max(found.high, spent))


def _expected(usual: Baseline, hours_of_week: Sequence[int]) -> list[float]:
    """The expected sum of each quarter hour."""
    weeks = -(-len(hours_of_week) // _QUARTERS_A_WEEK)
    factors = _growth_factors(_growth(usual), weeks)
    hours = usual.hours
    return [
        hours[slot] / _QUARTERS_AN_HOUR * factors[number // _QUARTERS_A_WEEK]
        for number, slot in enumerate(hours_of_week)
    ]


def _growth(usual: Baseline) -> float:
    """The growth of a week as far as it stands out from how weeks differ anyway."""
    doubt = _GROWTH_DOUBT * usual.level_drift
    return usual.growth**3 / (usual.growth**2 + doubt**2) if usual.growth else 0.0


def _growth_factors(growth: float, weeks: int) -> list[float]:
    """What the usual is multiplied by in each week ahead.

    The level that is known is that of the middle of the last week: a whole week lies between it and the
    middle of the first one ahead.
    """
    steps = [growth * _GROWTH_KEPT**week for week in range(weeks)]
    return [exp(total) for total in accumulate(steps)]


def _sigma(usual: Baseline, hours_of_week: Sequence[int], to_come: float) -> float:
    """The sigma of the logarithm of what is to come: by chance of hours and days, and by the level."""
    if to_come <= 0:
        return 0.0
    variance = sum([usual.spreads[slot] ** 2 for slot in hours_of_week]) / _QUARTERS_AN_HOUR
    chance = sqrt(variance) * usual.noise[-1].inflation / to_come
    level = _level_variance(usual, len(hours_of_week) / _QUARTERS_A_WEEK)
    return min(sqrt(chance**2 + level), _SIGMA_MAX)


def _level_variance(usual: Baseline, weeks: float) -> float:
    """How far the level may be off: it is known by one week, walks on, and has holidays and rush days."""
    days = usual.history_hours / HOURS_A_DAY
    of_week, of_day = next((sigmas for most, *sigmas in _SIGMAS if days <= most), _SIGMAS_MIN)
    drift = max(usual.level_drift, of_week)
    return _KNOWN * drift**2 + (_WALK * drift) ** 2 * weeks / 3 + of_day**2 / max(1.0, weeks * DAYS_A_WEEK)


def _crossing(
    running: Sequence[float], start: int, spent: int, limit: int | None, factor: float
) -> int | None:
    """The end of the first quarter hour after which more than the limit is spent."""
    if limit is None or spent > limit:
        return None
    for number, total in enumerate(running):
        if spent + total * factor > limit:
            return start + (number + 1) * QUARTER_MS
    return None
