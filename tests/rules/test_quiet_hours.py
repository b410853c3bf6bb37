"""Hours in which only what is critical is sent, by the wall clock of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from farthing.rules.periods import HOUR_MS, MINUTE_MS
from farthing.rules.quiet_hours import QuietHours, clock_minute, clock_text, quiet_until

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = ("UTC", "Europe/Vienna", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia")


def ms(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def until(quiet: QuietHours, now: str) -> str | None:
    held = quiet_until(quiet, "warning", ms(now))
    return None if held is None else (EPOCH + timedelta(milliseconds=held)).isoformat()


@pytest.mark.parametrize(
    ("quiet", "now", "ends"),
    [
        (QuietHours(1320, 420, "UTC"), "2026-01-10T21:59:59Z", None),
        (QuietHours(1320, 420, "UTC"), "2026-01-10T22:00:00Z", "2026-01-11T07:00:00+00:00"),
        (QuietHours(1320, 420, "UTC"), "2026-01-11T06:59:59Z", "2026-01-11T07:00:00+00:00"),
        (QuietHours(1320, 420, "UTC"), "2026-01-11T07:00:00Z", None),
        (QuietHours(540, 1020, "UTC"), "2026-01-11T12:00:00Z", "2026-01-11T17:00:00+00:00"),
        # Clocks go forward at 01:00 UTC on 29 March, and back at 01:00 UTC on 25 October.
        (QuietHours(1320, 420, "Europe/Vienna"), "2026-03-28T22:00:00Z", "2026-03-29T05:00:00+00:00"),
        (QuietHours(1320, 420, "Europe/Vienna"), "2026-10-24T21:00:00Z", "2026-10-25T06:00:00+00:00"),
        # 02:30 is not on the clock that night: it goes from 02:00 to 03:00, when quiet is over.
        (QuietHours(60, 150, "Europe/Vienna"), "2026-03-29T00:30:00Z", "2026-03-29T01:00:00+00:00"),
        # 02:00 to 03:00 comes twice: what ends at 02:30 ends, and is quiet once more.
        (QuietHours(60, 150, "Europe/Vienna"), "2026-10-25T00:00:00Z", "2026-10-25T00:30:00+00:00"),
        (QuietHours(60, 150, "Europe/Vienna"), "2026-10-25T01:10:00Z", "2026-10-25T01:30:00+00:00"),
        # Half an hour of summer time.
        (QuietHours(1320, 420, "Australia/Lord_Howe"), "2026-04-04T12:00:00Z", "2026-04-04T20:30:00+00:00"),
    ],
)
def test_it_is_quiet_by_the_clock_on_the_wall(quiet: QuietHours, now: str, ends: str | None) -> None:
    assert until(quiet, now) == ends


def test_what_is_critical_is_never_held_and_nothing_is_without_quiet_hours() -> None:
    night = ms("2026-01-10T23:00:00Z")
    assert quiet_until(QuietHours(1320, 420, "UTC"), "critical", night) is None
    assert quiet_until(QuietHours(1320, 420, "UTC"), "info", night) is not None
    assert quiet_until(None, "info", night) is None


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.sampled_from(ZONES),
    st.integers(ms("2010-01-01T00:00:00Z"), ms("2030-01-01T00:00:00Z")),
)
@example(1320, 420, "Pacific/Apia", ms("2011-12-30T09:00:00Z"))  # whose calendar has no 30 December
def test_what_is_held_is_held_to_the_first_minute_that_is_not_quiet(
    start: int, end: int, zone: str, now: int
) -> None:
    quiet = QuietHours(start, end, zone)
    held = quiet_until(quiet, "warning", now)
    if held is None:
        return
    assert now < held <= now + 26 * HOUR_MS
    assert quiet_until(quiet, "warning", held) is None
    local = (EPOCH + timedelta(milliseconds=held - MINUTE_MS)).astimezone(ZoneInfo(zone))
    before = local.hour * 60 + local.minute
    assert (start <= before < end) if start <= end else (before >= start or before < end)


def test_times_of_day_are_read_as_they_are_written() -> None:
    assert [clock_minute(clock_text(minute)) for minute in range(1440)] == list(range(1440))
    for text in ("", "7:00", "24:00", "12:60", "12:5", "\uff112:00", "12:00 ", "noon", "-1:00"):
        assert clock_minute(text) is None
