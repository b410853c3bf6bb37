"""What an incident costs beyond the usual: so far, in an hour, and by the end of the day or month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from farthing.rules.baseline import Baseline

_QUARTERS_AN_HOUR: Final = 4
_LATELY: Final = 3 * _QUARTERS_AN_HOUR


class Toll(msgspec.Struct, frozen=True, kw_only=True):
    """Pico-dollars beyond the usual; below 0 where less was spent. The last two hold `so_far` too."""

    so_far: int
    per_hour: int
    by_day_end: int
    by_month_end: int


def toll(
    usual: Baseline,
    spent: tuple[Sequence[int], Sequence[int]],
    day_left: Sequence[int],
    month_left: Sequence[int],
) -> Toll:
    """The toll of an incident from its quarter hours: what each cost, and its hour of the week.

    `day_left` and `month_left` are the hours of the week of the quarter hours until those ends. `per_hour` is
    that of the last three hours. Going on means the smaller of two things: the same dollars in every hour, or
    the same multiple of what is usual then. So a script that runs through the night is not multiplied by the
    morning, and a dear prompt not by an hour at noon.
    """
    costs, hours_of_week = spent
    so_far = sum(costs) - _usual(usual, hours_of_week)
    recent, recent_usual = sum(costs[-_LATELY:]), _usual(usual, hours_of_week[-_LATELY:])
    excess, quarters = recent - recent_usual, min(len(costs), _LATELY)

    def ahead(left: Sequence[int]) -> int:
        steady = excess * len(left) // quarters
        multiple = excess * _usual(usual, left) // recent_usual if recent_usual else steady
        return min(steady, multiple, key=abs)

    return Toll(
        so_far=so_far,
        per_hour=excess * _QUARTERS_AN_HOUR // quarters,
        by_day_end=so_far + ahead(day_left),
        by_month_end=so_far + ahead(month_left),
    )


def _usual(usual: Baseline, hours_of_week: Sequence[int]) -> int:
    return round(sum([usual.hours[slot] for slot in hours_of_week]) / _QUARTERS_AN_HOUR)
