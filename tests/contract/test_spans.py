"""How the SQL storages cover a range of time with cells: without a gap, without reading anything twice."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.rules.periods import DAY_MS, QUARTER_MS, STEPS, Window, bucket_edges, local_date, midnight
from farthing.storage.sql.spans import Cover, Sealed, cover
from tests.strategies import TIMEZONES, Moment, instants, moments, windows


@st.composite
def covers(draw: st.DrawFn) -> tuple[Window, tuple[int, ...], Sealed, Cover]:
    """A window of a zone, perhaps in buckets, and how it is covered when time is sealed up to somewhere."""
    moment: Moment = draw(moments)
    window = draw(windows(moment))
    zone = ZoneInfo(draw(st.sampled_from((moment.timezone, *TIMEZONES))))
    step = draw(st.sampled_from((None, *STEPS)))
    edges = tuple(bucket_edges(window, step, ZoneInfo(moment.timezone))) if step else ()
    until = instants(Moment(moment.timezone, moment.at + DAY_MS))
    day = local_date(draw(until), zone)
    sealed = Sealed(draw(until) // QUARTER_MS // 4 * 4, midnight(day, zone) // QUARTER_MS, zone)
    return window, edges, sealed, cover(window, edges, sealed)


@settings(max_examples=300)
@given(covers())
def test_the_ranges_join_up_to_the_window(found: tuple[Window, tuple[int, ...], Sealed, Cover]) -> None:
    window, _, _, covered = found
    in_quarters = (*covered.quarters, *covered.hours, covered.days)
    cells = [(start * QUARTER_MS, end * QUARTER_MS) for start, end in in_quarters if start < end]
    rows = [(start, end) for start, end in covered.rows if start < end]
    ranges = sorted(cells + rows)
    at = window.start
    for start, end in ranges:
        assert start == at
        at = end
    assert at == window.end
    inner = [each for each in ranges if covered.inner[0] <= each[0] and each[1] <= covered.inner[1]]
    assert inner == sorted(cells)


@settings(max_examples=300)
@given(covers())
def test_coarse_cells_are_whole_sealed_and_not_cut_by_a_bucket(
    found: tuple[Window, tuple[int, ...], Sealed, Cover],
) -> None:
    _, edges, sealed, covered = found
    for start, end in covered.hours:
        assert start == end or start % 4 == end % 4 == 0
        assert start == end or end <= sealed.hours
        assert not any(start < edge / QUARTER_MS < end and edge / QUARTER_MS % 4 for edge in edges)
    first, last = covered.days
    if first < last:
        assert last <= sealed.days
        cuts = [first * QUARTER_MS, last * QUARTER_MS, *(e for e in edges if first < e / QUARTER_MS < last)]
        for cut in cuts:
            start = midnight(local_date(cut, sealed.zone), sealed.zone)
            assert start // QUARTER_MS == cut // QUARTER_MS
