"""Calendar months in UTC, numbered: what a plan's requests are counted by."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from farthing.rules.periods import DAY_MS, Window

MONTHS: Final = 12
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Month = int
"""year * 12 + month - 1, so that months that follow one another do so as numbers."""


def month_of(at: int) -> Month:
    """The month that holds an instant."""
    return _month_of_day(at // DAY_MS)


@lru_cache(maxsize=1_024)
def _month_of_day(day: int) -> Month:
    first = datetime.fromtimestamp(day * DAY_MS / 1_000, UTC)
    return first.year * MONTHS + first.month - 1


def month_window(month: Month) -> Window:
    """All instants of a month."""
    return Window(_start(month), _start(month + 1))


def day_window(at: int) -> Window:
    """The UTC day that holds an instant."""
    start = at - at % DAY_MS
    return Window(start, start + DAY_MS)


def _start(month: Month) -> int:
    year, months = divmod(month, MONTHS)
    return (datetime(year, months + 1, 1, tzinfo=UTC) - _EPOCH).days * DAY_MS
