"""Local buckets in zones whose clocks do strange things."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from farthing.rules.periods import (
    BUCKETS_MAX,
    DAY_MS,
    HOUR_MS,
    QUARTER_MS,
    RANGES,
    STEPS,
    Step,
    Window,
    bucket_edges,
    local_date,
    midnight,
    offset_ms,
    preset,
    stretches,
)
from tests.strategies import MOMENTS, TIMEZONES, Moment, moments, utc_ms, windows

steps = st.sampled_from(STEPS)
zones = st.sampled_from(TIMEZONES).map(ZoneInfo)
moment_windows = moments.flatmap(
    lambda moment: st.tuples(windows(moment), st.just(ZoneInfo(moment.timezone)))
)


def local(at: int, zone: ZoneInfo) -> str:
    """The wall clock at the instant, e.g. "2026-03-29 03:00"."""
    return f"{datetime.fromtimestamp(at / 1000, zone):%Y-%m-%d %H:%M}"


def edges_of(start: str, end: str, step: Step, timezone: str) -> list[str]:
    """The local readings of the edges of a window."""
    zone = ZoneInfo(timezone)
    return [local(at, zone) for at in bucket_edges(Window(utc_ms(start), utc_ms(end)), step, zone)]


@pytest.mark.parametrize(
    ("day", "timezone", "first_instant"),
    [
        (date(2026, 11, 11), "Asia/Kathmandu", "2026-11-10T18:15Z"),
        (date(2018, 11, 4), "America/Sao_Paulo", "2018-11-04T03:00Z"),  # 00:00 to 00:59 never were
        (date(2018, 2, 18), "America/Sao_Paulo", "2018-02-18T03:00Z"),  # 23:00 to 23:59 came twice before
        (date(2024, 3, 31), "Asia/Beirut", "2024-03-30T22:00Z"),  # 00:00 to 00:59 never were
        (date(2011, 12, 29), "Pacific/Apia", "2011-12-29T10:00Z"),
        (date(2011, 12, 30), "Pacific/Apia", "2011-12-30T10:00Z"),  # the day never was: that of the next
        (date(2011, 12, 31), "Pacific/Apia", "2011-12-30T10:00Z"),
        (date(2026, 11, 1), "America/Havana", "2026-11-01T04:00Z"),  # 00:00 to 00:59 come twice: the first
        (date(2011, 3, 13), "America/St_Johns", "2011-03-13T03:30Z"),  # 00:01 to 01:00 never were
        (date(1919, 3, 31), "America/Toronto", "1919-03-31T04:30Z"),  # 23:30 to 00:29 never were
    ],
)
def test_a_day_begins_at_its_first_instant(day: date, timezone: str, first_instant: str) -> None:
    assert midnight(day, ZoneInfo(timezone)) == utc_ms(first_instant)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_day_has_its_own_date_from_its_first_instant_on(moment: Moment) -> None:
    zone = ZoneInfo(moment.timezone)
    for distance in range(-3, 4):
        at = moment.at + distance * DAY_MS
        start = midnight(local_date(at, zone), zone)
        assert start <= at
        assert local_date(start, zone) == local_date(at, zone)
        assert local_date(start - 1, zone) < local_date(at, zone)


@pytest.mark.parametrize(
    ("timezone", "noon", "hours"),
    [
        ("Europe/Berlin", "2026-03-29T12:00Z", 23),
        ("Europe/Berlin", "2026-10-25T12:00Z", 25),
        ("Australia/Lord_Howe", "2026-10-04T01:00Z", 23.5),
        ("Australia/Lord_Howe", "2026-04-05T01:00Z", 24.5),
        ("America/Sao_Paulo", "2018-11-04T12:00Z", 23),
        ("America/Sao_Paulo", "2018-02-17T12:00Z", 25),
        ("Asia/Beirut", "2024-03-31T12:00Z", 23),
    ],
)
def test_a_day_with_a_clock_change_is_longer_or_shorter(timezone: str, noon: str, hours: float) -> None:
    at = utc_ms(noon)
    start, end = bucket_edges(Window(at, at + 1), "day", ZoneInfo(timezone))
    assert (end - start) / HOUR_MS == hours


def test_a_day_that_never_was_has_no_bucket() -> None:
    edges = edges_of("2011-12-29T12:00Z", "2011-12-31T12:00Z", "day", "Pacific/Apia")
    assert edges == ["2011-12-29 00:00", "2011-12-31 00:00", "2012-01-01 00:00", "2012-01-02 00:00"]


def test_an_hour_that_is_skipped_has_no_bucket() -> None:
    edges = edges_of("2026-03-29T00:10Z", "2026-03-29T02:00Z", "hour", "Europe/Berlin")
    assert edges == ["2026-03-29 01:00", "2026-03-29 03:00", "2026-03-29 04:00"]


def test_an_hour_that_comes_twice_has_two_buckets() -> None:
    edges = edges_of("2026-10-25T00:00Z", "2026-10-25T02:00Z", "hour", "Europe/Berlin")
    assert edges == ["2026-10-25 02:00", "2026-10-25 02:00", "2026-10-25 03:00"]


def test_a_clock_change_within_an_hour_ends_its_bucket() -> None:
    edges = edges_of("2026-10-03T15:00Z", "2026-10-03T17:00Z", "hour", "Australia/Lord_Howe")
    assert edges == ["2026-10-04 01:00", "2026-10-04 02:30", "2026-10-04 03:00", "2026-10-04 04:00"]


def test_a_window_that_begins_after_a_clock_change_does_not_reach_back_over_it() -> None:
    edges = edges_of("2026-10-03T15:40Z", "2026-10-03T15:50Z", "hour", "Australia/Lord_Howe")
    assert edges == ["2026-10-04 02:30", "2026-10-04 03:00"]


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    weeks = edges_of("2026-11-11T00:00Z", "2026-11-16T00:01Z", "week", "UTC")
    assert weeks == ["2026-11-09 00:00", "2026-11-16 00:00", "2026-11-23 00:00"]
    months = edges_of("2026-11-30T00:00Z", "2027-01-01T00:00Z", "month", "UTC")
    assert months == ["2026-11-01 00:00", "2026-12-01 00:00", "2027-01-01 00:00"]


@given(moment_windows, steps)
def test_edges_ascend_and_cover_the_window_without_a_bucket_too_many(
    place: tuple[Window, ZoneInfo], step: Step
) -> None:
    window, zone = place
    edges = bucket_edges(window, step, zone)
    assert all(before < after for before, after in pairwise(edges))
    assert edges[0] <= window.start < edges[1]
    assert edges[-2] < window.end <= edges[-1] or window.start == window.end
    assert len(edges) == 2 or window.start < window.end


@given(moment_windows, st.sampled_from(["day", "week", "month"]))
def test_calendar_edges_are_first_instants_of_a_day(place: tuple[Window, ZoneInfo], step: Step) -> None:
    window, zone = place
    for edge in bucket_edges(window, step, zone):
        day = local_date(edge, zone)
        assert edge == midnight(day, zone)
        assert step != "week" or day.weekday() == 0
        assert step != "month" or day.day == 1


@given(moment_windows, st.sampled_from(["15m", "hour"]))
def test_clock_edges_are_full_hours_and_quarters_or_clock_changes(
    place: tuple[Window, ZoneInfo], step: Step
) -> None:
    window, zone = place
    size = QUARTER_MS if step == "15m" else HOUR_MS
    for edge in bucket_edges(window, step, zone):
        is_full = (edge + offset_ms(edge, zone)) % size == 0
        is_change = offset_ms(edge, zone) != offset_ms(edge - 1, zone)
        assert is_full or is_change


@given(moment_windows, steps)
def test_no_bucket_holds_two_local_hours_or_days(place: tuple[Window, ZoneInfo], step: Step) -> None:
    window, zone = place
    size = {"15m": QUARTER_MS, "hour": HOUR_MS}.get(step)
    for start, end in pairwise(bucket_edges(window, step, zone)):
        if size:
            labels = {(at + offset_ms(at, zone)) // size for at in (start, (start + end) // 2, end - 1)}
            assert len(labels) == 1
        if step == "day" and zone.key != "America/St_Johns":  # its evening came back after midnight had been
            assert {local_date(start, zone)} == {local_date(end - 1, zone)}


@given(moment_windows, steps, st.data())
def test_buckets_are_the_same_in_every_window(
    place: tuple[Window, ZoneInfo], step: Step, data: st.DataObject
) -> None:
    whole, zone = place
    edges = bucket_edges(whole, step, zone)
    at = data.draw(st.integers(edges[0], edges[-1] - 1))
    start, end = bucket_edges(Window(at, at + 1), step, zone)
    assert edges[edges.index(start) + 1] == end


@given(moment_windows)
@example((Window(utc_ms("2026-03-29T00:00Z"), utc_ms("2026-03-29T01:00Z")), ZoneInfo("Europe/Berlin")))
@example((Window(utc_ms("2026-03-29T01:00Z"), utc_ms("2026-03-29T02:00Z")), ZoneInfo("Europe/Berlin")))
def test_stretches_join_up_to_the_window_and_have_one_offset_each(place: tuple[Window, ZoneInfo]) -> None:
    window, zone = place
    cuts = stretches(window, zone)
    assert [start for start, _, _ in cuts[1:]] == [end for _, end, _ in cuts[:-1]]
    assert [cuts[0][0], cuts[-1][1]] == [window.start, window.end] if cuts else window.start == window.end
    for start, end, offset in cuts:
        assert start < end
        assert {offset_ms(at, zone) for at in (start, (start + end) // 2, end - 1)} == {offset}
    assert all(before[2] != after[2] for before, after in pairwise(cuts))


@given(st.integers(-(10**13), 10**13), zones)
def test_the_offset_is_what_the_wall_clock_is_ahead(at: int, zone: ZoneInfo) -> None:
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)
    ahead = instant.astimezone(zone).replace(tzinfo=None) - instant.replace(tzinfo=None)
    assert timedelta(milliseconds=offset_ms(at, zone)) == ahead


@pytest.mark.parametrize("step", STEPS)
def test_too_many_buckets_are_refused_with_the_limit(step: Step) -> None:
    zone = ZoneInfo("Europe/Berlin")
    length = {"15m": QUARTER_MS, "hour": HOUR_MS, "day": DAY_MS, "week": 7 * DAY_MS, "month": 31 * DAY_MS}
    start = utc_ms("2001-01-01T00:00Z")
    with pytest.raises(ValueError, match=f"{BUCKETS_MAX}"):
        bucket_edges(Window(start, start + (BUCKETS_MAX + 60) * length[step]), step, zone)


def test_as_many_buckets_as_are_drawn_are_not_refused() -> None:
    start = utc_ms("2026-01-01T00:00Z")
    window = Window(start, start + BUCKETS_MAX * HOUR_MS)
    assert len(bucket_edges(window, "hour", ZoneInfo("UTC"))) == BUCKETS_MAX + 1
    with pytest.raises(ValueError, match="3001 buckets of one hour"):
        bucket_edges(Window(start, window.end + 1), "hour", ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-11-23T23:00Z", "2026-11-24T09:45Z"),
        ("24h", "2026-11-23T09:30Z", "2026-11-24T09:45Z"),
        ("7d", "2026-11-17T09:30Z", "2026-11-24T09:45Z"),
        ("30d", "2026-10-25T09:30Z", "2026-11-24T09:45Z"),
        ("90d", "2026-08-26T09:30Z", "2026-11-24T09:45Z"),
        ("mtd", "2026-10-31T23:00Z", "2026-11-24T09:45Z"),
        ("last_month", "2026-09-30T22:00Z", "2026-10-31T23:00Z"),
    ],
)
def test_presets_in_berlin(name: str, start: str, end: str) -> None:
    now = utc_ms("2026-11-24T09:31:07Z")
    assert preset(name, now, ZoneInfo("Europe/Berlin")) == Window(utc_ms(start), utc_ms(end))


def test_last_month_in_january_is_december() -> None:
    window = preset("last_month", utc_ms("2026-01-31T00:00Z"), ZoneInfo("UTC"))
    assert window == Window(utc_ms("2025-12-01T00:00Z"), utc_ms("2026-01-01T00:00Z"))


@given(st.integers(utc_ms("2010-01-01T00:00Z"), utc_ms("2030-01-01T00:00Z")), zones)
def test_every_preset_that_runs_up_to_now_holds_now(now: int, zone: ZoneInfo) -> None:
    for name in RANGES:
        window = preset(name, now, zone)
        assert (window.start <= now < window.end) == (name != "last_month")


def test_a_window_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match=r"end \(1\) lies before start \(2\)"):
        Window(2, 1)


def test_the_previous_window_ends_where_this_one_starts() -> None:
    assert Window(10, 25).previous == Window(-5, 10)
