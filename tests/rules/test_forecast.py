"""Forecasts of what is usual, and where limits are crossed."""

from __future__ import annotations

import pytest

from farthing.rules.baseline import Baseline, SpanNoise
from farthing.rules.forecast import ROLLING, Ahead, Forecast, NoForecast, forecast, not_below
from farthing.rules.periods import QUARTER_MS

WEEK = 168
DAY = list(range(24))


def usual(**more: object) -> Baseline:
    """Forty an hour by day, nothing at night."""
    fields = {
        "hours": tuple(40.0 if 8 <= slot % 24 < 20 else 0.0 for slot in range(WEEK)),
        "spreads": (4.0,) * WEEK,
        "noise": (SpanNoise(1, 1.0, 2.0), SpanNoise(3, 1.0, 2.0), SpanNoise(24, 1.0, 2.0)),
        "level_drift": 0.0,
        "growth": 0.0,
        "history_hours": 12 * WEEK,
    }
    return Baseline(**(fields | more))  # type: ignore[arg-type]


def quarters(hours: list[int]) -> list[int]:
    return [hour % WEEK for hour in hours for _ in range(4)]


def told(spent: int, hours: list[int], limit: int | None = None, of: Baseline | None = None) -> Forecast:
    found = forecast(of or usual(), spent, Ahead(0, quarters(hours)), limit)
    assert isinstance(found, Forecast)
    return found


def test_what_is_left_is_filled_with_what_is_usual_then() -> None:
    assert told(100, DAY).expected == 100 + 480
    assert told(500, list(range(20, 24))).expected == 500  # the evening holds nothing more
    assert told(100, list(range(18, 24))).expected == 180


def test_the_range_holds_the_expected_and_is_never_below_what_is_spent() -> None:
    found = told(100, DAY)
    assert 100 <= found.low < found.expected < found.high
    over = told(100, [])
    assert (over.low, over.expected, over.high) == (100, 100, 100)


@pytest.mark.parametrize("spent", [0, 90, 100, 101, 130, 500])
def test_what_was_found_a_while_ago_is_not_below_what_is_spent_now(spent: int) -> None:
    found = Forecast(low=100, expected=120, high=150, exceeds_at=7, exceeds_at_earliest=3)
    now = not_below(found, spent)
    assert spent <= now.low <= now.expected <= now.high
    assert (now.expected, now.high) == (max(spent, 120), max(spent, 150))
    assert now == found or spent > found.low


def test_a_young_series_has_a_wider_range() -> None:
    widths = [
        found.high - found.low
        for days in (4, 10, 20, 40, 80)
        for found in [told(0, DAY * 7, of=usual(history_hours=days * 24))]
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1]


def test_a_series_that_jumps_from_week_to_week_has_a_wider_range() -> None:
    calm, restless = told(0, DAY * 7), told(0, DAY * 7, of=usual(level_drift=0.2))
    assert restless.high - restless.low > 2 * (calm.high - calm.low)


def test_growth_goes_on_for_a_while_and_only_where_it_stands_out() -> None:
    month = list(range(4 * WEEK))
    flat, grows = told(0, month), told(0, month, of=usual(growth=0.05))
    assert 1.08 < grows.expected / flat.expected < 1.16
    doubted = told(0, month, of=usual(growth=0.05, level_drift=0.6))
    assert doubted.expected / flat.expected < 1.02


def test_the_crossing_is_the_end_of_the_quarter_hour_that_exceeds_the_limit() -> None:
    # Ten a quarter hour from eight o'clock on: 41 of them exceed 405.
    found = told(0, DAY, limit=405)
    assert found.exceeds_at == (8 * 4 + 41) * QUARTER_MS
    assert found.exceeds_at_earliest is not None
    assert found.exceeds_at_earliest < found.exceeds_at
    assert told(0, DAY, limit=400).exceeds_at == (8 * 4 + 41) * QUARTER_MS  # at the limit is not above it


def test_no_crossing_where_there_is_none_to_come() -> None:
    assert told(0, DAY).exceeds_at is None
    assert told(0, DAY, limit=10_000).exceeds_at is None
    already = told(500, DAY, limit=400)
    assert (already.exceeds_at, already.exceeds_at_earliest) == (None, None)
    nearly = told(0, DAY, limit=490)
    assert (nearly.exceeds_at, nearly.exceeds_at_earliest is None) == (None, False)


def test_without_history_it_says_so() -> None:
    found = forecast(None, 100, Ahead(0, quarters(DAY)))
    assert isinstance(found, NoForecast)
    assert found.reason == "not_enough_history"
    assert "3 days" in found.message
    assert ROLLING.reason == "rolling_period"


def test_a_series_that_has_stopped_promises_nothing() -> None:
    found = told(70, DAY, of=usual(hours=(0.0,) * WEEK))
    assert (found.low, found.expected, found.high) == (70, 70, 70)


@pytest.mark.parametrize("limit", [0, 1])
def test_a_limit_of_nothing_is_crossed_by_the_first_thing(limit: int) -> None:
    assert told(0, DAY, limit=limit).exceeds_at == (8 * 4 + 1) * QUARTER_MS
