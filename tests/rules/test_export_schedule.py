"""When exports are made by themselves, and of which period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.export_schedule import (
    ATTEMPTS_MAX,
    CATCH_UP_MAX,
    RHYTHMS,
    ExportSchedule,
    begun,
    caught_up,
    due_at,
    failed,
    last_period,
    period_at,
    period_name,
    succeeded,
)
from farthing.rules.periods import DAY_MS, HOUR_MS
from tests.contract.export_schedules import export_schedule

ZONES = ("UTC", "Europe/Vienna", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Apia")
MS = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(text: str, zone: str = "UTC") -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) - EPOCH) // MS


def a_schedule(now: int, **fields: Any) -> ExportSchedule:
    return begun(export_schedule(**fields), now)


def test_a_day_is_exported_on_the_next_at_its_time_on_the_zones_clock() -> None:
    made = a_schedule(at("2026-02-07T12:00", "Europe/Vienna"))
    assert made.next_start == at("2026-02-07", "Europe/Vienna")
    assert made.next_at == at("2026-02-08T03:00", "Europe/Vienna")
    assert period_name(made.next_period, "daily", made.zone) == "2026-02-07"
    after = succeeded(made)
    assert after.next_at == at("2026-02-09T03:00", "Europe/Vienna")


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    week = a_schedule(at("2026-01-01T12:00"), every="weekly", timezone="UTC")
    assert (week.next_at, period_name(week.next_period, "weekly", week.zone)) == (
        at("2026-01-05T03:00"),
        "2026-W01",
    )
    month = a_schedule(at("2026-02-07T12:00"), every="monthly", timezone="UTC")
    assert (month.next_at, period_name(month.next_period, "monthly", month.zone)) == (
        at("2026-03-01T03:00"),
        "2026-02",
    )


def test_a_time_that_the_clock_skips_or_shows_twice() -> None:
    zone = ZoneInfo("Europe/Vienna")
    skipped = period_at(at("2026-03-28T12:00"), "daily", zone)
    assert due_at(skipped, 150, zone) == at("2026-03-29T01:30")  # 2:30 is never; 3:30 in summer time
    twice = period_at(at("2026-10-24T12:00"), "daily", zone)
    assert due_at(twice, 150, zone) == at("2026-10-25T00:30")


@given(
    now=st.integers(at("2011-12-20"), at("2027-01-01")),
    every=st.sampled_from(RHYTHMS),
    zone=st.sampled_from(ZONES),
    minute=st.integers(0, 1_439),
)
def test_periods_follow_one_another_and_are_over_when_they_are_due(
    now: int, every: str, zone: str, minute: int
) -> None:
    each = a_schedule(now, every=every, timezone=zone, at_minute=minute)
    period = each.next_period
    assert period.start <= now < period.end
    assert last_period(now, each.every, each.zone).end == period.start
    names = set()
    for _ in range(3):
        period = each.next_period
        assert period.end <= each.next_at <= period.end + DAY_MS + HOUR_MS
        names.add(period_name(period, each.every, each.zone))
        after = succeeded(each)
        assert after.next_start == period.end
        assert after.next_at > each.next_at - HOUR_MS
        each = after
    assert len(names) == 3


def test_a_failure_is_tried_again_later_each_time_and_given_up_within_a_day() -> None:
    each, now, waits = a_schedule(at("2026-02-07"), timezone="UTC"), at("2026-02-08T03:00"), []
    first = each
    for attempt in range(1, ATTEMPTS_MAX):
        each, is_given_up = failed(each, f"no {attempt}", now, 0.5)
        assert (each.next_start, each.attempt_count, is_given_up) == (first.next_start, attempt, False)
        waits.append(each.next_at - now)
        now = each.next_at
    assert waits == sorted(waits)
    assert sum(waits) < 20 * HOUR_MS
    each, is_given_up = failed(each, "the last", now, 0.5)
    assert (is_given_up, each.attempt_count, each.error) == (True, 0, "the last")
    assert each.next_start == first.next_period.end
    assert succeeded(each).error is None


@given(days=st.integers(0, 90))
def test_what_was_missed_is_made_up_for_in_order_and_bounded(days: int) -> None:
    made = a_schedule(at("2026-02-07"), timezone="UTC")
    now = at("2026-02-08T03:00") + days * DAY_MS
    each, passed_over = caught_up(made, now)
    assert passed_over == max(days + 1 - CATCH_UP_MAX, 0)
    exported = []
    while each.next_at <= now:
        exported.append(each.next_start)
        each = succeeded(each)
    assert exported == [at("2026-02-07") + day * DAY_MS for day in range(passed_over, days + 1)]
