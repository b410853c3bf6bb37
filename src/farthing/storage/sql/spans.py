"""Which cells cover a range of time exactly.

The coarsest that fit inside, finer ones at both ends, rows at the rim.

Pure. Times are UTC ms at the outside and quarters (15 minutes since 1970) inside.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from farthing.rules.periods import HOUR_MS, QUARTER_MS, Window, local_date, midnight

Range = tuple[int, int]


@dataclass(frozen=True)
class Sealed:
    """Up to which quarter a workspace's hour and day cells are complete, and the zone its days follow."""

    hours: int
    days: int
    zone: ZoneInfo


@dataclass(frozen=True)
class Cover:
    """Disjoint half-open ranges that together are the window: `rows` in ms, the others in quarters.

    `rows` are the parts of quarters at the rim. `inner` is all that cells cover: events in it that are not
    folded yet have to be added as rows.
    """

    rows: tuple[Range, Range]
    quarters: tuple[Range, Range, Range, Range]
    hours: tuple[Range, Range]
    days: Range
    inner: Range


def cover(window: Window, edges: tuple[int, ...], sealed: Sealed) -> Cover:
    """The cheapest exact cover; with bucket `edges`, no cell straddles one of them."""
    start, end = -(-window.start // QUARTER_MS), window.end // QUARTER_MS
    nothing = (start, start)
    if start >= end:
        rows = (window.start, window.end), (0, 0)
        return Cover(rows, (nothing,) * 4, (nothing,) * 2, nothing, (window.end, window.end))
    inner = (start * QUARTER_MS, end * QUARTER_MS)
    rim = (window.start, inner[0]), (inner[1], window.end)
    hours = _hours(start, min(end, sealed.hours), edges)
    days = _days(start, min(end, sealed.days), edges, sealed.zone)
    if days[0] == days[1]:
        quarters = (start, hours[0]), (hours[1], end), nothing, nothing
        return Cover(rim, quarters, (hours, nothing), nothing, inner)
    left, right = _within(hours, start, days[0]), _within(hours, days[1], end)
    # A day may begin in the middle of an hour (India, Nepal): quarters lie between its hours and it, too.
    quarters = (start, left[0]), (left[1], days[0]), (days[1], right[0]), (right[1], end)
    return Cover(rim, quarters, (left, right), days, inner)


def _hours(start: int, end: int, edges: tuple[int, ...]) -> Range:
    """The whole sealed hours in [start, end), none if a bucket edge cuts through hours."""
    low, high = start + -start % 4, end - end % 4
    if low >= high or any(edge % HOUR_MS for edge in edges):
        return (start, start)
    return low, high


def _within(hours: Range, start: int, end: int) -> Range:
    """The whole hours of `hours` that lie in [start, end)."""
    low, high = max(hours[0], start + -start % 4), min(hours[1], end - end % 4)
    return (low, high) if low < high else (start, start)


def _days(start: int, end: int, edges: tuple[int, ...], zone: ZoneInfo) -> Range:
    """The whole sealed local days in [start, end), none if a bucket edge cuts through a day."""
    low, high = _midnight_from(start * QUARTER_MS, zone), _midnight_before(end * QUARTER_MS, zone)
    if low >= high or any(low < edge < high and edge != _midnight_before(edge, zone) for edge in edges):
        return (start, start)
    return low // QUARTER_MS, high // QUARTER_MS


def _midnight_before(at: int, zone: ZoneInfo) -> int:
    """The start of the local day that holds the instant."""
    return midnight(local_date(at, zone), zone)


def _midnight_from(at: int, zone: ZoneInfo) -> int:
    """The first start of a local day that is not before the instant."""
    day = local_date(at, zone)
    start = midnight(day, zone)
    while start < at:
        day += timedelta(days=1)
        start = midnight(day, zone)
    return start
