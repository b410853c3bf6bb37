"""Which cells cover a range of time exactly: the coarsest that fit, finer ones at both ends, rows at the rim.

Pure. Times are UTC ms at the outside and quarters (15 minutes since 1970) inside. Hours are those of UTC,
days and months those of the workspace's zone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from farthing.rules.periods import QUARTER_MS, Window, local_date, midnight

Range = tuple[int, int]

SEALED_GRAINS: Final = ("month", "day", "hour")
"""The grains that cells are sealed into, coarsest first."""


@dataclass(frozen=True)
class Sealed:
    """Cells coarser than a quarter hold everything folded before the quarter `until`, and nothing after it.

    The day and the month that hold `until` have cells, too: of their time so far. `zone` is the one that days
    and months follow.
    """

    until: int
    zone: ZoneInfo


@dataclass(frozen=True)
class Cover:
    """Disjoint half-open ranges that together are the window: `rows` in ms, `cells` in quarters, by grain.

    A range of a grain means the cells that begin in it. `rows` are the parts of quarters at the rim. `inner`
    (ms) is all that cells cover: events in it that are not folded yet have to be added as rows.
    """

    rows: tuple[Range, Range]
    cells: Mapping[str, list[Range]]
    inner: Range


@lru_cache(maxsize=256)
def cover(window: Window, edges: tuple[int, ...], sealed: Sealed) -> Cover:
    """The cheapest exact cover; with bucket `edges`, no cell straddles one of them. Nobody changes it.

    Remembered, as the sums, histograms and leaders of a page have one window.
    """
    cells: dict[str, list[Range]] = {grain: [] for grain in (*SEALED_GRAINS, "quarter")}
    start, end = -(-window.start // QUARTER_MS), window.end // QUARTER_MS
    if start >= end:
        return Cover(((window.start, window.end), (0, 0)), cells, (window.end, window.end))
    inner = (start * QUARTER_MS, end * QUARTER_MS)
    cut = min(max(sealed.until, start), end)
    _fill(cells, (start, cut), SEALED_GRAINS, edges, sealed)
    _add(cells["quarter"], (cut, end))
    return Cover(((window.start, inner[0]), (inner[1], window.end)), cells, inner)


def widened(window: Window, grain: str, sealed: Sealed) -> Window:
    """The shortest window around this one that whole cells of a grain cover, but for unsealed time."""
    start, end = window.start // QUARTER_MS, -(-window.end // QUARTER_MS)
    end = max(end, min(cell_from(end, grain, sealed.zone), sealed.until))
    return Window(cell_of(start, grain, sealed.zone) * QUARTER_MS, end * QUARTER_MS)


def cells_of(covered: Cover, sealed: Sealed) -> Iterator[tuple[str, int]]:
    """(grain, first quarter) of all cells of a cover; there may be millions where nothing is sealed."""
    for grain, spans in covered.cells.items():
        for span in spans:
            if grain == "quarter":
                yield from ((grain, quarter) for quarter in range(*span))
            else:
                yield from ((grain, cell) for cell, _ in cells_in(*span, grain, sealed.zone))


def _fill(
    cells: dict[str, list[Range]],
    span: Range,
    grains: tuple[str, ...],
    edges: tuple[int, ...],
    sealed: Sealed,
) -> None:
    """Cover a span of sealed time with cells of these grains, and quarters where none fits."""
    if not grains:
        _add(cells["quarter"], span)
        return
    low, high = span
    if low >= high:
        return
    grain, *finer = grains
    first = cell_from(low, grain, sealed.zone)
    # The last cell may end behind the span when nothing is sealed there: it holds no more than the span does.
    last = high if high == sealed.until else cell_of(high, grain, sealed.zone)
    if first >= last or _cuts(edges, grain, (first, last), sealed.zone):
        first = last = high
    _fill(cells, (low, first), tuple(finer), edges, sealed)
    _add(cells[grain], (first, last))
    _fill(cells, (last, high), tuple(finer), edges, sealed)


def _add(ranges: list[Range], span: Range) -> None:
    if span[0] < span[1]:
        ranges.append(span)


def _cuts(edges: tuple[int, ...], grain: str, span: Range, zone: ZoneInfo) -> bool:
    """Whether a bucket ends in the middle of a cell of the span."""
    inside = (edge for edge in edges if span[0] * QUARTER_MS < edge < span[1] * QUARTER_MS)
    return any(edge != cell_of(edge // QUARTER_MS, grain, zone) * QUARTER_MS for edge in inside)


def cell_of(quarter: int, grain: str, zone: ZoneInfo) -> int:
    """The first quarter of the cell that holds `quarter`."""
    if grain == "hour":
        return quarter - quarter % 4
    day = local_date(quarter * QUARTER_MS, zone)
    first = day.replace(day=1) if grain == "month" else day
    # A clock set back over midnight shows the old day again, after the new one has begun.
    following = midnight(_following(day, grain), zone) // QUARTER_MS
    return following if following <= quarter else midnight(first, zone) // QUARTER_MS


def cell_from(quarter: int, grain: str, zone: ZoneInfo) -> int:
    """The first cell that begins at `quarter` or later."""
    cell = cell_of(quarter, grain, zone)
    return cell if cell == quarter else cell_after(quarter, grain, zone)


def cell_after(quarter: int, grain: str, zone: ZoneInfo) -> int:
    """The first quarter of the cell after the one that holds `quarter`."""
    if grain == "hour":
        return quarter - quarter % 4 + 4
    cell, day = cell_of(quarter, grain, zone), local_date(quarter * QUARTER_MS, zone)
    after = cell
    while after <= cell:  # once, unless the clock was set back over midnight
        day = _following(day, grain)
        after = midnight(day, zone) // QUARTER_MS
    return after


def _following(day: date, grain: str) -> date:
    if grain == "day":
        return day + timedelta(days=1)
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def cells_in(start: int, end: int, grain: str, zone: ZoneInfo) -> Iterator[tuple[int, Range]]:
    """The cells that share quarters with [start, end), each with the range it shares."""
    while start < end:
        after = cell_after(start, grain, zone)
        yield cell_of(start, grain, zone), (start, min(after, end))
        start = after


def cells_at(quarters: Sequence[int], grain: str, zone: ZoneInfo) -> Iterator[tuple[int, Range]]:
    """The cells that hold some of these quarters (ascending), each with the range between first and last."""
    place = 0
    while place < len(quarters):
        first = quarters[place]
        place = bisect_left(quarters, cell_after(first, grain, zone), place)
        yield cell_of(first, grain, zone), (first, quarters[place - 1] + 1)
