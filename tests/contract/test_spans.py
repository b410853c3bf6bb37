"""How the SQL storages cover a range of time with cells: without a gap, without reading anything twice."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.rules.periods import DAY_MS, QUARTER_MS, STEPS, Window, bucket_edges
from farthing.storage.sql.select_facts import LEGS
from farthing.storage.sql.spans import (
    SEALED_GRAINS,
    Cover,
    Range,
    Sealed,
    cell_after,
    cell_of,
    cells_in,
    cover,
)
from tests.strategies import TIMEZONES, Moment, instants, moments, windows


@st.composite
def covers(draw: st.DrawFn) -> tuple[Window, tuple[int, ...], Sealed, Cover]:
    """A window of a zone, perhaps in buckets, and how it is covered when time is sealed up to somewhere."""
    moment: Moment = draw(moments)
    window = draw(windows(moment))
    longer = draw(st.sampled_from((0, 0, 40, 400))) * DAY_MS
    window = Window(window.start - longer, window.end + draw(st.sampled_from((0, longer))))
    zone = ZoneInfo(draw(st.sampled_from((moment.timezone, *TIMEZONES))))
    step = draw(st.sampled_from((None, "day", "week", "month") if longer else (None, *STEPS)))
    edges = tuple(bucket_edges(window, step, ZoneInfo(moment.timezone))) if step else ()
    until = draw(instants(Moment(moment.timezone, moment.at + draw(st.sampled_from((1, 500))) * DAY_MS)))
    sealed = Sealed(until // QUARTER_MS // 4 * 4, zone)
    return window, edges, sealed, cover(window, edges, sealed)


def held(cell: int, grain: str, sealed: Sealed) -> Range:
    """The quarters whose events a sealed cell holds."""
    return cell, min(cell_after(cell, grain, sealed.zone), sealed.until)


@settings(max_examples=500)
@given(covers())
def test_the_ranges_join_up_to_the_window(found: tuple[Window, tuple[int, ...], Sealed, Cover]) -> None:
    window, _, _, covered = found
    in_quarters = [span for spans in covered.cells.values() for span in spans]
    cells = [(start * QUARTER_MS, end * QUARTER_MS) for start, end in in_quarters]
    rows = [(start, end) for start, end in covered.rows if start < end]
    ranges = sorted(cells + rows)
    at = window.start
    for start, end in ranges:
        assert start == at < end
        at = end
    assert at == window.end
    inner = [each for each in ranges if covered.inner[0] <= each[0] and each[1] <= covered.inner[1]]
    assert inner == sorted(cells)


@settings(max_examples=500)
@given(covers())
def test_the_sealed_cells_of_a_range_hold_the_range_and_nothing_else(
    found: tuple[Window, tuple[int, ...], Sealed, Cover],
) -> None:
    _, edges, sealed, covered = found
    for grain in SEALED_GRAINS:
        for span in covered.cells[grain]:
            cells = [cell for cell, _ in cells_in(*span, grain, sealed.zone) if span[0] <= cell < span[1]]
            assert cells[0] == span[0]
            at = span[0]
            for cell in cells:
                start, at = (at, held(cell, grain, sealed)[1])
                assert start == cell
                assert not any(cell < edge / QUARTER_MS < at for edge in edges)
            assert at == span[1]


@given(covers())
def test_no_more_ranges_than_the_statement_has_legs(
    found: tuple[Window, tuple[int, ...], Sealed, Cover],
) -> None:
    legs = [grain for grain, _ in LEGS]
    for grain, ranges in found[3].cells.items():
        assert len(ranges) <= legs.count(grain)


@given(moments, st.sampled_from(SEALED_GRAINS), st.data())
def test_every_quarter_lies_in_the_one_cell_that_is_its_own(
    moment: Moment, grain: str, data: st.DataObject
) -> None:
    zone = ZoneInfo(moment.timezone)
    start, end = sorted(data.draw(instants(moment)) // QUARTER_MS for _ in range(2))
    shares = list(cells_in(start, end, grain, zone))
    quarters = [quarter for _, share in shares for quarter in range(*share)]
    assert quarters == list(range(start, end))
    for cell, share in shares:
        assert all(cell_of(quarter, grain, zone) == cell for quarter in range(*share))
        assert cell <= share[0] < share[1] <= cell_after(cell, grain, zone)
