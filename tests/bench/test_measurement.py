from __future__ import annotations

import pytest

from bench.measurement import Better, Measurement, change, merged


def one(
    values: list[float], *, better: Better = "higher", goal: float | None = None, key: str = "k"
) -> Measurement:
    return Measurement(key=key, label=key, unit="1/s", better=better, values=values, goal=goal)


@pytest.mark.parametrize(
    ("better", "value", "reached"),
    [
        ("higher", 100, "whole"),
        ("higher", 99, "half"),
        ("higher", 50, "half"),
        ("higher", 49, "no"),
        ("lower", 100, "whole"),
        ("lower", 101, "half"),
        ("lower", 200, "half"),
        ("lower", 201, "no"),
        ("lower", 0, "whole"),
    ],
)
def test_how_far_a_goal_of_100_is_reached(better: Better, value: float, reached: str) -> None:
    assert one([value], better=better, goal=100).reached == reached


def test_without_a_goal_nothing_is_reached() -> None:
    assert one([1]).reached == ""


def test_the_median_of_the_repeats_counts() -> None:
    assert one([1, 100, 3]).value == 3


def test_a_change_is_the_new_value_divided_by_the_old() -> None:
    found = change(one([107]), one([100]))

    assert found is not None
    assert (round(found.ratio, 2), found.is_better, found.is_clear) == (1.07, True, True)


def test_more_is_worse_where_lower_is_better() -> None:
    found = change(one([107], better="lower"), one([100], better="lower"))

    assert found is not None
    assert not found.is_better


def test_a_difference_within_the_spread_of_the_repeats_is_not_clear() -> None:
    overlapping = change(one([90, 107, 120]), one([80, 100, 110]))
    apart = change(one([111, 112, 113]), one([80, 100, 110]))

    assert overlapping is not None
    assert apart is not None
    assert (overlapping.is_clear, apart.is_clear) == (False, True)


def test_there_is_no_ratio_to_nothing() -> None:
    assert change(one([5]), one([0])) is None


def test_repeats_are_merged_by_key_in_order() -> None:
    found = merged([one([1], key="a"), one([10], key="b"), one([2], key="a"), one([20], key="b")])

    assert [(each.key, each.values) for each in found] == [("a", [1, 2]), ("b", [10, 20])]
