"""One price: its hours, its id, its rounding."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from farthing.rules.price import DailyHours, Price, moment, picousd_rate

PLAIN = Price(provider="openai", model="o3", rates={})
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("usd", "per", "rate"),
    [
        ("0.15", 1_000_000, (150_000, False)),
        ("0.0028", 1_000_000, (2_800, False)),
        ("10", 1_000, (10_000_000_000, False)),
        ("0.0000005", 1_000_000, (0, True)),
        ("0.0000015", 1_000_000, (2, True)),
        ("0.0000025", 1_000_000, (2, True)),
        ("1", 3, (333_333_333_333, True)),
    ],
)
def test_dollars_become_whole_pico_dollars(usd: str, per: int, rate: tuple[int, bool]) -> None:
    assert picousd_rate(Decimal(usd), per) == rate


def test_an_id_says_what_the_price_is_for() -> None:
    special = replace(
        PLAIN,
        start=1_749_513_600_000,
        tier="batch",
        region="eu",
        context_above=200_000,
        hours=DailyHours(start=990, end=30),
    )
    assert PLAIN.price_id == "openai/o3"
    assert special.price_id == "openai/o3;tier=batch;region=eu;above=200000;utc=16:30-00:30@2025-06-10"


@pytest.mark.parametrize(
    ("at", "text"),
    [(0, "1970-01-01"), (1, "1970-01-01T00:00:00.001000Z"), (1_749_513_600_000, "2025-06-10")],
)
def test_a_moment_is_written_as_short_as_it_is_exact(at: int, text: str) -> None:
    assert moment(at) == text


def test_hours_past_midnight_go_on_the_next_day() -> None:
    hours = DailyHours(start=990, end=30)
    assert [hours.contains(minute * MINUTE_MS) for minute in (0, 29, 30, 989, 990, 1439)] == [
        True, True, False, False, True, True,
    ]  # fmt: skip


def test_hours_may_stop_on_weekends_and_holidays_of_another_zone() -> None:
    sunday = 3
    hours = DailyHours(start=0, end=1440, weekdays=(6,))
    assert [hours.contains(day * 1440 * MINUTE_MS) for day in range(sunday - 1, sunday + 2)] == [
        False,
        True,
        False,
    ]
    china = DailyHours(start=0, end=1440, holidays=frozenset({1}), holiday_offset_minutes=480)
    first, last = 16 * 60, 40 * 60 - 1  # 1970-01-02 in Beijing
    assert [china.contains(minute * MINUTE_MS) for minute in (first - 1, first, last, last + 1)] == [
        True, False, False, True,
    ]  # fmt: skip


def test_a_price_ends_before_its_end() -> None:
    price = replace(PLAIN, start=10, end=20)
    assert [price.covers(at) for at in (9, 10, 19, 20)] == [False, True, True, False]
