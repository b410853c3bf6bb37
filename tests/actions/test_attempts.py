"""The brake on guessing passwords."""

from __future__ import annotations

import pytest

from farthing.actions.attempts import FAILURES_MAX, WINDOW_MS, Attempts
from farthing.actions.errors import TooManyAttemptsError
from tests.installations import StandingClock


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def attempts(clock: StandingClock) -> Attempts:
    return Attempts(clock)


def fail(attempts: Attempts, times: int, address: str = "10.0.0.1", email: str = "a@b.c") -> None:
    for _ in range(times):
        attempts.begin(address, email)


def test_five_failures_close_the_door_and_say_for_how_long(attempts: Attempts, clock: StandingClock) -> None:
    fail(attempts, FAILURES_MAX - 1)
    clock.forward(90_500)
    fail(attempts, 1)
    with pytest.raises(TooManyAttemptsError) as refused:
        fail(attempts, 1)
    assert refused.value.retry_after_s == 210  # 300 s after the first, rounded up


def test_the_door_opens_again_as_failures_grow_old(attempts: Attempts, clock: StandingClock) -> None:
    fail(attempts, FAILURES_MAX)
    clock.forward(WINDOW_MS - 1)
    with pytest.raises(TooManyAttemptsError) as refused:
        fail(attempts, 1)
    assert refused.value.retry_after_s == 1
    clock.forward(1)
    fail(attempts, FAILURES_MAX)


def test_another_address_or_person_is_not_held_up(attempts: Attempts) -> None:
    fail(attempts, FAILURES_MAX)
    fail(attempts, FAILURES_MAX, address="10.0.0.2")
    fail(attempts, FAILURES_MAX, email="d@e.f")


def test_success_clears_the_record(attempts: Attempts) -> None:
    fail(attempts, FAILURES_MAX - 1)
    attempts.succeeded("10.0.0.1", "a@b.c")
    fail(attempts, FAILURES_MAX)


def test_what_is_remembered_is_bounded(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farthing.actions.attempts._PAIRS_MAX", 3)
    for number in range(10):
        fail(attempts, 1, email=f"{number}@b.c")
    assert [email for _, email in attempts._times] == ["7@b.c", "8@b.c", "9@b.c"]
