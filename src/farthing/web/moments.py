"""Instants and buckets of time in words, in the zone that the page shows."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from farthing.rules.periods import DAY_MS, Step, Window

_TICKED_HOURS_MAX = 30
_NAMED_DAYS_MAX = 14


def local(at: int, zone: ZoneInfo) -> datetime:
    """UTC milliseconds on the wall clock of a zone."""
    return datetime.fromtimestamp(at / 1_000, zone)


def day_text(at: datetime) -> str:
    """E.g. "Tue 24 Nov"."""
    return f"{at:%a} {at.day} {at:%b}"


def month_text(at: int, zone: ZoneInfo) -> str:
    """E.g. "Nov 2026"."""
    return f"{local(at, zone):%b %Y}"


def minute_text(at: int, zone: ZoneInfo) -> str:
    """E.g. "24 Nov 2026, 13:45"."""
    here = local(at, zone)
    return f"{here.day} {here:%b %Y, %H:%M}"


def second_text(at: int, zone: ZoneInfo) -> str:
    """E.g. "24 Nov, 13:45:07"."""
    here = local(at, zone)
    return f"{here.day} {here:%b, %H:%M:%S}"


def exact_text(at: int, zone: ZoneInfo) -> str:
    """E.g. "2026-11-24 13:45:07.120 +01:00"."""
    return local(at, zone).isoformat(" ", "milliseconds").replace("+", " +")


def window_text(window: Window, zone: ZoneInfo) -> str:
    """The whole range in words: days where it is made of days, minutes where it is not."""
    start, end = local(window.start, zone), local(window.end, zone)
    if _is_midnight(start) and _is_midnight(end) and window.end > window.start:
        last = local(window.end - DAY_MS // 2, zone)
        if start.date() == last.date():
            return f"{start.day} {start:%b %Y}"
        return f"{_short(start, last)} \u2013 {last.day} {last:%b %Y}"
    return f"{_short(start, end)}{start:, %H:%M} \u2013 {minute_text(window.end, zone)}"


def _short(start: datetime, end: datetime) -> str:
    """The first day, with its year only where it is another one."""
    return f"{start.day} {start:%b}" if start.year == end.year else f"{start.day} {start:%b %Y}"


def _is_midnight(at: datetime) -> bool:
    return (at.hour, at.minute, at.second) == (0, 0, 0)


def bucket_text(start: int, step: Step, zone: ZoneInfo) -> str:
    """A bucket by name, e.g. "Tue 24 Nov", "Tue 24 Nov, 14:00", "week of 23 Nov", "Nov 2026"."""
    here = local(start, zone)
    if step == "month":
        return f"{here:%b %Y}"
    if step == "week":
        return f"week of {here.day} {here:%b}"
    return day_text(here) if step == "day" else f"{day_text(here)}, {here:%H:%M}"


def ticks(buckets: list[int], step: Step, zone: ZoneInfo) -> dict[str, str]:
    """Which buckets get a label under a chart, by their index, and what it says."""
    found = {}
    for index, start in enumerate(buckets):
        label = _tick(local(start, zone), step, len(buckets))
        if label is not None:
            found[str(index)] = label
    return found


def _tick(here: datetime, step: Step, bucket_count: int) -> str | None:
    if step == "month":
        return f"{here:%b %Y}" if here.month == 1 else f"{here:%b}"
    if step == "week":
        return f"{here.day} {here:%b}"
    if step == "day":
        return day_text(here) if bucket_count <= _NAMED_DAYS_MAX else f"{here.day} {here:%b}"
    if _is_midnight(here):
        return day_text(here)
    if step == "15m":
        return f"{here:%H:%M}" if here.minute == 0 else None
    return f"{here:%H:%M}" if bucket_count <= _TICKED_HOURS_MAX and here.hour % 3 == 0 else None


def partial_text(bucket: Window, window: Window, zone: ZoneInfo) -> str | None:
    """What is missing of a bucket at the edge of the range, e.g. "from 13:45"; None for a whole one."""
    said = []
    if bucket.start < window.start:
        said.append(f"from {local(window.start, zone):%H:%M}")
    if bucket.end > window.end:
        said.append(f"until {local(window.end, zone):%H:%M}")
    return " ".join(said) or None
