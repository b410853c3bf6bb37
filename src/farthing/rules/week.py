"""Hours of the week in a zone: what a rhythm is kept by."""

from __future__ import annotations

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from farthing.rules.periods import HOUR_MS, Window, stretches

HOURS_A_DAY: Final = 24
DAYS_A_WEEK: Final = 7
HOURS_A_WEEK: Final = HOURS_A_DAY * DAYS_A_WEEK
SATURDAY: Final = 5
_EPOCH_WEEKDAY: Final = date(1970, 1, 1).weekday()


def hours_of_week(window: Window, step_ms: int, zone: ZoneInfo) -> list[int]:
    """For each step of the window the local hour of the week it begins in, 0 (Monday at midnight) to 167.

    One call serves all series of the same hours. After a clock change the local hour counts, so that people
    who come at nine come at nine.
    """
    found: list[int] = []
    at = window.start
    for _, end, offset in stretches(window, zone):
        steps = range(at, end, step_ms)
        found.extend(
            [(((step + offset) // HOUR_MS) + _EPOCH_WEEKDAY * HOURS_A_DAY) % HOURS_A_WEEK for step in steps]
        )
        at = steps[-1] + step_ms if steps else at
    return found


def is_weekend(hour_of_week: int) -> bool:
    """Saturday or Sunday."""
    return hour_of_week >= SATURDAY * HOURS_A_DAY
