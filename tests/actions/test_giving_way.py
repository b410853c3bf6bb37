"""How much a step of long work does, by how long the steps before it took."""

from __future__ import annotations

import pytest

from farthing.actions.giving_way import Pace


def after(pace: Pace, *seconds: float) -> int:
    for each in seconds:
        pace.took(each, pace.size)
    return pace.size


def test_it_begins_with_the_least_and_at_most_doubles() -> None:
    pace = Pace(100, 1_000, seconds=0.02)
    assert pace.size == 100
    assert after(pace, 0.001) == 200
    assert after(pace, 0.001, 0.001, 0.001, 0.001) == 1_000


def test_it_settles_where_a_step_takes_what_it_may() -> None:
    pace = Pace(100, 100_000, seconds=0.02)
    for _ in range(30):
        pace.took(0.005 + pace.size * 0.00001, pace.size)  # what every step takes, and what each row does
    assert 0.005 + pace.size * 0.00001 == pytest.approx(0.02, rel=0.05)


def test_one_step_that_had_to_wait_changes_nothing_and_two_do() -> None:
    pace = Pace(100, 1_000, seconds=0.5)
    for _ in range(5):
        pace.took(pace.size / 1_024, pace.size)
    assert pace.size == 512
    assert after(pace, 8) == 512
    assert after(pace, 8) == 256


def test_it_never_does_less_than_the_least() -> None:
    assert after(Pace(100, 1_000, seconds=0.02), 5, 5, 5, 5) == 100


def test_steps_that_find_little_to_do_say_nothing_of_what_many_would_take() -> None:
    pace = Pace(100, 10_000, seconds=0.5)
    for _ in range(20):
        pace.took(0.125, 64)
    assert pace.size == 256
    pace.took(0.0, 0)
    assert pace.size == 256
