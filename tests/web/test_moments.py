"""Times on pages."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from farthing.rules.periods import DAY_MS, HOUR_MS, Step, Window, bucket_edges
from farthing.web.moments import bucket_text, partial_text, ticks, window_text

VIENNA = ZoneInfo("Europe/Vienna")
UTC = ZoneInfo("UTC")
MIDNIGHT = 1_795_474_800_000
"""2026-11-24T00:00 in Vienna, a Tuesday."""


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (MIDNIGHT, MIDNIGHT + DAY_MS, "24 Nov 2026"),
        (MIDNIGHT - 6 * DAY_MS, MIDNIGHT + DAY_MS, "18 Nov \u2013 24 Nov 2026"),
        (MIDNIGHT, MIDNIGHT + 60 * DAY_MS, "24 Nov 2026 \u2013 22 Jan 2027"),
        (MIDNIGHT + HOUR_MS, MIDNIGHT + 2 * HOUR_MS, "24 Nov, 01:00 \u2013 24 Nov 2026, 02:00"),
    ],
)
def test_a_range_of_days_is_named_by_its_days(start: int, end: int, text: str) -> None:
    assert window_text(Window(start, end), VIENNA) == text


@pytest.mark.parametrize(
    ("step", "text"),
    [("hour", "Tue 24 Nov, 00:00"), ("day", "Tue 24 Nov"), ("week", "week of 24 Nov"), ("month", "Nov 2026")],
)
def test_buckets_have_names(step: Step, text: str) -> None:
    assert bucket_text(MIDNIGHT, step, VIENNA) == text


def test_hours_of_a_week_are_labelled_once_a_day() -> None:
    edges = bucket_edges(Window(MIDNIGHT, MIDNIGHT + 7 * DAY_MS), "hour", VIENNA)
    assert list(ticks(edges[:-1], "hour", VIENNA)) == [str(24 * day) for day in range(7)]


def test_hours_of_a_day_are_labelled_every_third() -> None:
    edges = bucket_edges(Window(MIDNIGHT, MIDNIGHT + DAY_MS), "hour", VIENNA)
    labels = ticks(edges[:-1], "hour", VIENNA)
    assert list(labels.values())[:3] == ["Tue 24 Nov", "03:00", "06:00"]
    assert len(labels) == 8


def test_a_bucket_at_the_edge_says_what_is_missing() -> None:
    window = Window(MIDNIGHT + 14 * HOUR_MS, MIDNIGHT + DAY_MS + 15 * HOUR_MS)
    day = Window(MIDNIGHT, MIDNIGHT + DAY_MS)
    assert partial_text(day, window, VIENNA) == "from 14:00"
    assert partial_text(Window(day.end, day.end + DAY_MS), window, VIENNA) == "until 15:00"
    assert partial_text(day, Window(day.start, day.end), UTC) is None
