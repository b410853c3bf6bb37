"""Budget periods, in zones whose clocks do strange things."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.budget_periods import (
    KINDS,
    WEEKDAYS,
    Period,
    backwards,
    following,
    holding,
    preceding,
    problems,
)
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window, local_date, midnight
from tests.strategies import MOMENTS, TIMEZONES, Moment, utc_ms
from tests.strategies.moments import instants

_anchors = st.dates(date(2008, 1, 1), date(2028, 12, 31))
periods = st.one_of(
    st.sampled_from([Period(kind=kind) for kind in ("hour", "day", "month", "quarter", "year")]),
    st.sampled_from([Period(kind="week", week_start=day) for day in WEEKDAYS]),
    st.builds(lambda kind, anchor: Period(kind=kind, anchor=anchor), st.sampled_from(KINDS[3:6]), _anchors),
    st.builds(lambda n, anchor: Period(kind="days", count=n, anchor=anchor), st.integers(1, 40), _anchors),
)
rolling = st.builds(
    lambda kind, n: Period(kind=kind, count=n), st.sampled_from(KINDS[7:]), st.integers(1, 40)
)
_A_DAY_THAT_BEGINS_TWICE = Moment("America/St_Johns", utc_ms("2010-11-07T02:31Z"))
moments_and_instants = st.sampled_from((*MOMENTS, _A_DAY_THAT_BEGINS_TWICE)).flatmap(
    lambda m: st.tuples(st.just(m), instants(m))
)


def local(at: int, timezone: str) -> str:
    return f"{datetime.fromtimestamp(at / 1000, ZoneInfo(timezone)):%Y-%m-%d %H:%M}"


def edges(period: Period, at: str, timezone: str) -> tuple[str, str]:
    """The local readings of the start and the end of the period that holds `at`."""
    window = holding(period, utc_ms(at), ZoneInfo(timezone))
    return local(window.start, timezone), local(window.end, timezone)


@given(periods, moments_and_instants)
def test_periods_follow_one_another_without_gap_or_overlap(period: Period, where: tuple[Moment, int]) -> None:
    zone, at = ZoneInfo(where[0].timezone), where[1]
    window = holding(period, at, zone)
    after, before = following(period, window, zone), preceding(period, window, zone)
    assert window.start <= at < window.end
    assert (before.end, window.end) == (window.start, after.start)
    assert holding(period, after.start, zone) == after == holding(period, after.end - 1, zone)
    assert holding(period, before.start, zone) == before == holding(period, before.end - 1, zone)
    assert (preceding(period, after, zone), following(period, before, zone)) == (window, window)


@given(st.one_of(periods, rolling), moments_and_instants)
def test_edges_lie_on_quarter_hours(period: Period, where: tuple[Moment, int]) -> None:
    window = holding(period, where[1], ZoneInfo(where[0].timezone))
    assert (window.start % QUARTER_MS, window.end % QUARTER_MS) == (0, 0)


@given(periods.filter(lambda period: period.kind != "hour"), moments_and_instants)
def test_a_period_of_days_begins_where_one_of_its_days_does(
    period: Period, where: tuple[Moment, int]
) -> None:
    zone = ZoneInfo(where[0].timezone)
    window = holding(period, where[1], zone)
    assert window.start == midnight(local_date(window.start, zone), zone)
    assert local_date(window.start - 1, zone) < local_date(window.start, zone)


@given(st.sampled_from(WEEKDAYS), moments_and_instants)
def test_a_week_begins_on_its_day(day: str, where: tuple[Moment, int]) -> None:
    zone = ZoneInfo(where[0].timezone)
    period = Period(kind="week", week_start=day)  # type: ignore[arg-type]
    first = local_date(holding(period, where[1], zone).start, zone)
    # Apia went from Thursday to Saturday: the week that would have begun on that Friday begins a day later.
    assert WEEKDAYS[first.weekday()] == day or first == date(2011, 12, 31)


@given(rolling, moments_and_instants)
def test_a_rolling_period_ends_with_the_quarter_hour_and_is_as_long_as_it_says(
    period: Period, where: tuple[Moment, int]
) -> None:
    zone, at = ZoneInfo(where[0].timezone), where[1]
    window = holding(period, at, zone)
    unit = HOUR_MS if period.kind == "rolling_hours" else DAY_MS
    assert window.end - window.start == period.count * unit
    assert 0 < window.end - at <= QUARTER_MS
    after, before = following(period, window, zone), preceding(period, window, zone)
    assert (before.end, after.start) == (window.start, window.end)
    assert holding(period, after.end - 1, zone) == after


@pytest.mark.parametrize(
    ("period", "at", "timezone", "expected"),
    [
        (Period(kind="day"), "2026-11-10T18:14Z", "Asia/Kathmandu", ("2026-11-10 00:00", "2026-11-11 00:00")),
        (Period(kind="day"), "2026-11-10T18:15Z", "Asia/Kathmandu", ("2026-11-11 00:00", "2026-11-12 00:00")),
        (
            Period(kind="hour"),
            "2026-11-10T18:14Z",
            "Asia/Kathmandu",
            ("2026-11-10 23:00", "2026-11-11 00:00"),
        ),
        (
            Period(kind="hour"),  # half an hour is skipped at 02:00
            "2026-10-03T15:30Z",
            "Australia/Lord_Howe",
            ("2026-10-04 02:30", "2026-10-04 03:00"),
        ),
        (
            Period(kind="day"),  # midnight is skipped
            "2018-11-04T03:00Z",
            "America/Sao_Paulo",
            ("2018-11-04 01:00", "2018-11-05 00:00"),
        ),
        (
            Period(kind="week", week_start="sunday"),  # that day is a Sunday
            "2018-11-04T03:00Z",
            "America/Sao_Paulo",
            ("2018-11-04 01:00", "2018-11-11 00:00"),
        ),
        (
            Period(kind="week", week_start="sunday"),
            "2018-11-04T02:59Z",
            "America/Sao_Paulo",
            ("2018-10-28 00:00", "2018-11-04 01:00"),
        ),
        (
            Period(kind="day"),  # the hour before midnight comes twice
            "2018-02-18T02:30Z",
            "America/Sao_Paulo",
            ("2018-02-17 00:00", "2018-02-18 00:00"),
        ),
        (
            Period(kind="day"),  # the 30th never was
            "2011-12-30T10:00Z",
            "Pacific/Apia",
            ("2011-12-31 00:00", "2012-01-01 00:00"),
        ),
        (
            Period(kind="days", count=2, anchor=date(2011, 12, 30)),
            "2011-12-30T10:00Z",
            "Pacific/Apia",
            ("2011-12-31 00:00", "2012-01-01 00:00"),
        ),
        (
            Period(kind="day"),  # for a minute it was the 7th, then the 6th again: it stays the 7th
            "2010-11-07T02:45Z",
            "America/St_Johns",
            ("2010-11-07 00:00", "2010-11-08 00:00"),
        ),
    ],
)
def test_periods_keep_the_local_clock(
    period: Period, at: str, timezone: str, expected: tuple[str, str]
) -> None:
    assert edges(period, at, timezone) == expected


@pytest.mark.parametrize(
    ("period", "at", "expected"),
    [
        (Period(kind="month"), "2026-02-28T23:59Z", ("2026-02-01", "2026-03-01")),
        (Period(kind="month", anchor=date(2026, 1, 15)), "2026-03-14T23:59Z", ("2026-02-15", "2026-03-15")),
        (Period(kind="month", anchor=date(2026, 1, 31)), "2026-02-27T12:00Z", ("2026-01-31", "2026-02-28")),
        (Period(kind="month", anchor=date(2026, 1, 31)), "2026-02-28T00:00Z", ("2026-02-28", "2026-03-31")),
        (Period(kind="month", anchor=date(2026, 1, 31)), "2024-02-29T00:00Z", ("2024-02-29", "2024-03-31")),
        (Period(kind="month", anchor=date(2026, 1, 31)), "2026-04-30T00:00Z", ("2026-04-30", "2026-05-31")),
        (Period(kind="quarter"), "2026-11-15T00:00Z", ("2026-10-01", "2027-01-01")),
        (Period(kind="quarter", anchor=date(2020, 2, 10)), "2027-02-09T00:00Z", ("2026-11-10", "2027-02-10")),
        (Period(kind="year"), "2026-11-15T00:00Z", ("2026-01-01", "2027-01-01")),
        (Period(kind="year", anchor=date(2020, 4, 6)), "2026-04-05T23:00Z", ("2025-04-06", "2026-04-06")),
        (Period(kind="year", anchor=date(2024, 2, 29)), "2026-02-28T00:00Z", ("2026-02-28", "2027-02-28")),
        (
            Period(kind="days", count=10, anchor=date(2026, 1, 1)),
            "2025-12-31T00:00Z",
            ("2025-12-22", "2026-01-01"),
        ),
    ],
)
def test_periods_begin_on_their_anchor(period: Period, at: str, expected: tuple[str, str]) -> None:
    start, end = edges(period, at, "UTC")
    assert (start.removesuffix(" 00:00"), end.removesuffix(" 00:00")) == expected


def test_a_zone_that_was_minutes_off_still_has_periods_of_quarters() -> None:
    # Monrovia was 44 and a half minutes behind until 1972: its midnights lay within a quarter hour.
    zone = ZoneInfo("Africa/Monrovia")
    at = int(datetime(1971, 6, 1, 0, 44, 45, tzinfo=UTC).timestamp() * 1000)
    window = holding(Period(kind="day"), at, zone)
    assert window == Window(at - at % QUARTER_MS, at - at % QUARTER_MS + DAY_MS)
    assert holding(Period(kind="day"), window.start, zone) == window


def test_past_periods_are_listed_from_the_newest_on() -> None:
    windows = islice(
        backwards(Period(kind="month"), utc_ms("2026-03-05T00:00Z"), ZoneInfo("Europe/Berlin")), 3
    )
    assert [local(window.start, "Europe/Berlin")[:10] for window in windows] == [
        "2026-03-01",
        "2026-02-01",
        "2026-01-01",
    ]


@pytest.mark.parametrize("timezone", TIMEZONES)
def test_a_year_is_its_months_its_days_and_its_hours(timezone: str) -> None:
    zone = ZoneInfo(timezone)
    year = holding(Period(kind="year"), utc_ms("2011-07-01T00:00Z"), zone)
    for kind in ("month", "day", "hour"):
        window, period = holding(Period(kind=kind), year.start, zone), Period(kind=kind)
        assert window.start == year.start
        while window.end < year.end:
            window = following(period, window, zone)
        assert window.end == year.end


@pytest.mark.parametrize(
    ("period", "fields"),
    [
        (Period(kind="day"), []),
        (Period(kind="days", count=366, anchor=date(2026, 1, 1)), []),
        (Period(kind="week", week_start="sunday"), []),
        (Period(kind="days", count=0), ["period.count", "period.anchor"]),
        (Period(kind="month", count=2), ["period.count"]),
        (Period(kind="rolling_days", count=367), ["period.count"]),
        (Period(kind="day", anchor=date(2026, 1, 1)), ["period.anchor"]),
        (Period(kind="month", week_start="sunday"), ["period.weekStart"]),
    ],
)
def test_what_makes_no_sense_is_named(period: Period, fields: list[str]) -> None:
    assert [problem.field for problem in problems(period)] == fields
