"""The periods that budgets are kept by: which one holds an instant, and which come before and after it.

A period is a window of UTC milliseconds whose edges lie on quarter hours, so that rollups add up to it. Its
days are those of a zone's own calendar: one with a clock change has 23, 25 or 23.5 hours, and a day that a
zone skipped has no period. Nothing is ever reset: what a period holds is asked of the events in its window.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window, bucket_edges, local_date, midnight
from farthing.rules.problems import FieldProblem

Kind = Literal["hour", "day", "week", "month", "quarter", "year", "days", "rolling_hours", "rolling_days"]
KINDS: Final[tuple[Kind, ...]] = (
    "hour",
    "day",
    "week",
    "month",
    "quarter",
    "year",
    "days",
    "rolling_hours",
    "rolling_days",
)
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: Final[tuple[Weekday, ...]] = (
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
)

_ROLLING_MS: Final = {"rolling_hours": HOUR_MS, "rolling_days": DAY_MS}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_COUNT_MAX: Final = {"days": 366, "rolling_days": 366, "rolling_hours": 366 * 24}
_YEAR: Final = 12
_A_MONDAY: Final = date(2024, 1, 1)
"""It begins a year too, so that it anchors every period that no other anchor was given for."""


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """How long a budget runs before it begins anew.

    `count` is the N of "every N days" and of the rolling kinds. `anchor` is a day on which one of the
    periods begins: for a month its day counts (in a month that is too short the last one), for a quarter and
    a year its month too, for `days` it must be given. `week_start` is for weeks.

    A rolling period looks back: the one of an instant ends with the instant's quarter hour and begins N
    hours, or N times 24 hours, before that end, whatever the clocks did.
    """

    kind: Kind
    count: int = 1
    week_start: Weekday = "monday"
    anchor: date | None = None

    @property
    def is_rolling(self) -> bool:
        """Whether it moves along with every instant, so that it never begins anew."""
        return self.kind in _ROLLING_MS


def holding(period: Period, at: int, zone: ZoneInfo) -> Window:
    """The period that holds an instant; a rolling one does so in its last quarter hour."""
    return _holding(period, at // QUARTER_MS, zone)


def following(period: Period, window: Window, zone: ZoneInfo) -> Window:
    """The period right after `window`; of rolling ones, the one of equal length that does not overlap it."""
    if period.is_rolling:
        return Window(window.end, window.end + (window.end - window.start))
    return holding(period, window.end, zone)


def preceding(period: Period, window: Window, zone: ZoneInfo) -> Window:
    """The period right before `window`; of rolling ones, the one of equal length that does not overlap it."""
    return window.previous if period.is_rolling else holding(period, window.start - 1, zone)


def backwards(period: Period, at: int, zone: ZoneInfo) -> Iterator[Window]:
    """The period that holds an instant, then the one before it, and so on without end."""
    window = holding(period, at, zone)
    while True:
        yield window
        window = preceding(period, window, zone)


@lru_cache(maxsize=8_192)
def _holding(period: Period, quarter: int, zone: ZoneInfo) -> Window:
    start, end = quarter * QUARTER_MS, (quarter + 1) * QUARTER_MS
    if period.kind in _ROLLING_MS:
        return Window(end - period.count * _ROLLING_MS[period.kind], end)
    if period.kind == "hour":
        first, last = bucket_edges(Window(end - 1, end - 1), "hour", zone)
        return Window(first - first % QUARTER_MS, last - last % QUARTER_MS)
    return _calendar(period, start, zone)


def _calendar(period: Period, at: int, zone: ZoneInfo) -> Window:
    """The period of whole days that holds a quarter hour.

    It is found by the instants at which days begin, not by the date that the clock shows: where a clock goes
    back over midnight the old date comes again, within the new day.
    """
    first = _first_day(period, local_date(at + QUARTER_MS - 1, zone))
    start, end = _begins(first, zone), _begins(_next_first(period, first), zone)
    while end <= at:
        first = _next_first(period, first)
        start, end = end, _begins(_next_first(period, first), zone)
    return Window(start, end)


def _begins(day: date, zone: ZoneInfo) -> int:
    """The quarter hour in which a day begins: before 1972 some zones were minutes off any quarter."""
    at = midnight(day, zone)
    return at - at % QUARTER_MS


def _first_day(period: Period, day: date) -> date:
    """The first day of the period that holds `day`."""
    if period.kind in _MONTHS:
        return _first_of_months(period, day)
    length = _length_days(period)
    return day - timedelta(days=(day - _anchor(period)).days % length)


def _first_of_months(period: Period, day: date) -> date:
    months, anchor = _MONTHS[period.kind], _anchor(period)
    month = day.year * _YEAR + day.month - 1
    month -= (month - (anchor.month - 1)) % months
    first = _day_in(month, anchor.day)
    return first if first <= day else _day_in(month - months, anchor.day)


def _next_first(period: Period, first: date) -> date:
    """The first day of the period after the one that begins with `first`."""
    if period.kind in _MONTHS:
        month = first.year * _YEAR + first.month - 1 + _MONTHS[period.kind]
        return _day_in(month, _anchor(period).day)
    return first + timedelta(days=_length_days(period))


def _day_in(month: int, day: int) -> date:
    """A day of a month that is numbered year * 12 + month - 1, or its last one if it is shorter."""
    year, before = divmod(month, _YEAR)
    return date(year, before + 1, min(day, monthrange(year, before + 1)[1]))


def _length_days(period: Period) -> int:
    if period.kind == "week":
        return len(WEEKDAYS)
    return period.count if period.kind == "days" else 1


def _anchor(period: Period) -> date:
    if period.kind == "week":
        return _A_MONDAY + timedelta(days=WEEKDAYS.index(period.week_start))
    return period.anchor or _A_MONDAY


def problems(period: Period) -> list[FieldProblem]:
    """What is wrong with a period, by fields as they are called on the wire."""
    found = []
    count_max = _COUNT_MAX.get(period.kind, 1)
    if not 1 <= period.count <= count_max:
        message = f"count ({period.count}) of a period of kind {period.kind} must be 1 to {count_max}"
        found.append(FieldProblem("period.count", message))
    if period.kind == "days" and period.anchor is None:
        found.append(FieldProblem("period.anchor", "days need an anchor: a day on which one period begins"))
    if period.anchor is not None and period.kind not in (*_MONTHS, "days"):
        message = f"a period of kind {period.kind} has no anchor ({period.anchor.isoformat()})"
        found.append(FieldProblem("period.anchor", message))
    if period.week_start != "monday" and period.kind != "week":
        message = f"a period of kind {period.kind} has no week start ({period.week_start})"
        found.append(FieldProblem("period.weekStart", message))
    return found
