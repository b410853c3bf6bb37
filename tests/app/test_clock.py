"""The clock that servers of one database go by."""

from __future__ import annotations

from farthing.clock import SharedClock
from tests.installations import NOW, StandingClock

TEN_MINUTES = 600_000


class Running:
    """What has passed since some instant, moved by the test."""

    def __init__(self) -> None:
        self.ms = 5_000

    def __call__(self) -> int:
        return self.ms * 1_000_000


def test_the_machine_is_believed_until_the_database_was_heard() -> None:
    own, elapsed = StandingClock(NOW + TEN_MINUTES), Running()
    clock = SharedClock(own, elapsed)
    assert clock.now() == NOW + TEN_MINUTES
    assert clock.hear(NOW, clock.elapsed_ms()) == TEN_MINUTES
    assert clock.now() == NOW


def test_it_runs_on_whatever_is_set_on_the_machine() -> None:
    own, elapsed = StandingClock(NOW), Running()
    clock = SharedClock(own, elapsed)
    clock.hear(NOW, clock.elapsed_ms())
    own.forward(-TEN_MINUTES)
    elapsed.ms += 250
    assert clock.now() == NOW + 250


def test_half_of_the_way_of_an_answer_is_made_up_for() -> None:
    elapsed = Running()
    clock = SharedClock(StandingClock(NOW), elapsed)
    asked_ms = clock.elapsed_ms()
    elapsed.ms += 80
    clock.hear(NOW, asked_ms)
    assert clock.now() == NOW + 40


def test_an_answer_that_took_long_changes_nothing_once_another_was_heard() -> None:
    elapsed = Running()
    clock = SharedClock(StandingClock(NOW), elapsed)
    clock.hear(NOW, clock.elapsed_ms())
    asked_ms = clock.elapsed_ms()
    elapsed.ms += 9_000
    clock.hear(NOW + 9_000, asked_ms)
    assert clock.now() == NOW + 9_000
