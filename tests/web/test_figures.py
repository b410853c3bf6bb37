"""Counts, shares, latencies and changes on pages."""

from __future__ import annotations

from decimal import Decimal

import pytest

from farthing.reports.question import Value
from farthing.web.figures import count, milliseconds, percent, relative_change, share_change

NARROW = "\u202f"
UP, DOWN = "\u25b2", "\u25bc"


@pytest.mark.parametrize(
    ("number", "text"), [(None, "\u2014"), (0, "0"), (84120, "84,120"), (12_345_678, "12.3M")]
)
def test_counts(number: Value, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (None, "\u2014"),
        (0, f"0{NARROW}%"),
        (0.0001, f"<{NARROW}0.1{NARROW}%"),
        (0.008, f"0.8{NARROW}%"),
        (0.344, f"34{NARROW}%"),
        (1.0, f"100{NARROW}%"),
    ],
)
def test_shares(ratio: Value, text: str) -> None:
    assert percent(ratio) == text


@pytest.mark.parametrize(
    ("latency", "text"),
    [
        (None, "\u2014"),
        (0, f"0{NARROW}ms"),
        (999.4, f"999{NARROW}ms"),
        (2310, f"2.31{NARROW}s"),
        (72_000, f"1{NARROW}min 12{NARROW}s"),
    ],
)
def test_latencies(latency: Value, text: str) -> None:
    assert milliseconds(latency) == text


@pytest.mark.parametrize(
    ("now", "before", "mark", "text"),
    [
        (Decimal(112), Decimal(100), UP, f"12{NARROW}%"),
        (Decimal(75), Decimal(100), DOWN, f"25{NARROW}%"),
        (100, 100, "", "no change"),
        (5, 0, "", "new"),
        (Decimal(1200), Decimal(100), "", f"\u00d7{NARROW}12"),
        (0, 4, DOWN, f"100{NARROW}%"),
    ],
)
def test_a_change_is_told_as_a_share_of_before(now: Value, before: Value, mark: str, text: str) -> None:
    change = relative_change(now, before)
    assert change is not None
    assert (change.mark, change.text) == (mark, text)


@pytest.mark.parametrize(("now", "before"), [(None, 3), (3, None), (0, 0)])
def test_without_two_figures_there_is_no_change(now: Value, before: Value) -> None:
    assert relative_change(now, before) is None


def test_the_change_of_a_share_is_in_points() -> None:
    change = share_change(0.02, 0.015)
    assert change is not None
    assert (change.mark, change.text, change.words) == (UP, f"0.5{NARROW}pts", f"up 0.5{NARROW}pts")
    assert share_change(None, 0.1) is None


@pytest.mark.parametrize(
    ("now", "before", "is_small"),
    [
        (Decimal(1019), Decimal(1000), True),
        (Decimal(951), Decimal(1000), True),
        (Decimal(1050), Decimal(1000), False),
        (Decimal(1870), Decimal(1000), False),
        (Decimal(95), Decimal(100), False),
        (100, 100, True),
        (5, 0, False),
        (Decimal(1200), Decimal(100), False),
    ],
)
def test_a_change_by_less_than_a_twentieth_is_small(now: Value, before: Value, is_small: bool) -> None:  # noqa: FBT001
    change = relative_change(now, before)
    assert change is not None
    assert change.is_small == is_small


@pytest.mark.parametrize(
    ("now", "before", "is_small"),
    [
        (0.002, 0.001, True),
        (0.02, 0.015, False),
        (0.415, 0.40, True),
        (0.43, 0.40, False),
        (0.01, 0.0, False),
        (0.4, 0.4, True),
    ],
)
def test_a_share_also_by_less_than_half_a_point(now: float, before: float, is_small: bool) -> None:  # noqa: FBT001
    change = share_change(now, before)
    assert change is not None
    assert change.is_small == is_small
