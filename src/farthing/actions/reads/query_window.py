"""The window and time zone that a URL asks for: a preset, or `from` and `to`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.reads.query_parameters import Parameters
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, RANGES, Step, Window, midnight, preset
from farthing.rules.zones import is_zone

WINDOW_PARAMETERS: Final = ("range", "from", "to", "timezone")
RANGE_DEFAULT: Final = "7d"

_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST: Final = date(1970, 1, 2)
_LATEST: Final = date(2200, 1, 1)
EARLIEST_MS: Final = midnight(_EARLIEST, ZoneInfo("UTC"))
LATEST_MS: Final = midnight(_LATEST, ZoneInfo("UTC"))
"""Between which instants a window may lie."""


def read_timezone(parameters: Parameters, default: str) -> str:
    """The name of the zone that days and buckets are cut in."""
    name = parameters.one("timezone") or default
    if is_zone(name):
        return name
    parameters.problem("timezone", f"{name[:80]!r} is not an IANA time zone, such as Europe/Vienna or UTC")
    return "UTC"


def read_window(parameters: Parameters, now: int, zone: ZoneInfo) -> tuple[Window, str | None]:
    """The window and the preset's name; the name is None for a window of its own.

    `from` without `to` reaches up to now, which is the end of this quarter hour as for the presets.
    """
    start = read_time(parameters, "from", zone)
    end = read_time(parameters, "to", zone)
    own = parameters.one("from") is not None or parameters.one("to") is not None
    if not own:
        name = parameters.choice("range", RANGES) or RANGE_DEFAULT
        return preset(name, now, zone), name
    if parameters.one("range") is not None:
        parameters.problem("range", "can't be given together with from or to")
    if parameters.one("from") is None:
        parameters.problem("from", "is needed with to")
    if end is None:
        end = (now // QUARTER_MS + 1) * QUARTER_MS
    if start is not None and start >= end:
        parameters.problem("from", "must lie before to (or before now, without to)")
    return Window(min(start or 0, end), end), None


def default_step(window: Window) -> Step:
    """The step that makes a readable chart of the window: about 24 to 100 buckets."""
    length = window.end - window.start
    if length <= 6 * HOUR_MS:
        return "15m"
    for days, step in _STEPS_BY_DAYS:
        if length <= days * DAY_MS:
            return step
    return "month"


_STEPS_BY_DAYS: Final[tuple[tuple[int, Step], ...]] = ((3, "hour"), (100, "day"), (731, "week"))


def read_time(parameters: Parameters, name: str, zone: ZoneInfo) -> int | None:
    """UTC milliseconds of a local date's first instant, or of an instant."""
    value = parameters.one(name)
    if value is None:
        return None
    at = _time(value, zone)
    if at is None:
        parameters.problem(
            name,
            f"{value[:80]!r} is neither a date (2026-03-01) nor an instant with its offset "
            "(2026-03-01T12:00:00Z; write + as %2B)",
        )
    elif not EARLIEST_MS <= at <= LATEST_MS:
        parameters.problem(name, f"must lie between {_EARLIEST} and {_LATEST}")
    else:
        return at
    return None


def _time(value: str, zone: ZoneInfo) -> int | None:
    try:
        if _DATE.fullmatch(value):
            return midnight(date.fromisoformat(value), zone)
        if _INSTANT.fullmatch(value):
            return _ms(datetime.fromisoformat(value))
    except (ValueError, OverflowError):  # 30 February, year 0, the edges of the calendar
        return None
    return None


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
