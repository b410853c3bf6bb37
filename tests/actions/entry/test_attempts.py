"""The brake on guessing: by address at an account, by address, by account."""

from __future__ import annotations

import pytest

from farthing.actions.entry.attempts import CODES, PASSWORDS, Attempts, site_of
from farthing.actions.errors import TooManyAttemptsError
from tests.installations import StandingClock

WINDOW_MS = PASSWORDS.window_ms


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def attempts(clock: StandingClock) -> Attempts:
    return Attempts(clock)


def fail(attempts: Attempts, times: int, address: str = "10.0.0.1", email: str = "a@b.c") -> None:
    for _ in range(times):
        attempts.begin(address, email)


def address(number: int) -> str:
    return f"10.1.{number // 256}.{number % 256}"


def test_five_failures_close_the_door_and_say_for_how_long(attempts: Attempts, clock: StandingClock) -> None:
    fail(attempts, 4)
    clock.forward(90_500)
    fail(attempts, 1)
    with pytest.raises(TooManyAttemptsError) as refused:
        fail(attempts, 1)
    assert refused.value.retry_after_s == 210  # 300 s after the first, rounded up


def test_the_door_opens_again_as_failures_grow_old(attempts: Attempts, clock: StandingClock) -> None:
    fail(attempts, 5)
    clock.forward(WINDOW_MS - 1)
    with pytest.raises(TooManyAttemptsError) as refused:
        fail(attempts, 1)
    assert refused.value.retry_after_s == 1
    clock.forward(1)
    fail(attempts, 5)


def test_another_address_or_person_is_not_held_up(attempts: Attempts) -> None:
    fail(attempts, 5)
    fail(attempts, 5, address="10.0.0.2")
    fail(attempts, 5, email="d@e.f")


def test_a_spray_over_many_accounts_from_one_address_is_braked(attempts: Attempts) -> None:
    for number in range(50):
        fail(attempts, 1, email=f"{number}@b.c")
    with pytest.raises(TooManyAttemptsError):
        fail(attempts, 1, email="next@b.c")
    fail(attempts, 1, address="10.0.0.2", email="next@b.c")


def test_many_addresses_at_one_account_are_braked(attempts: Attempts) -> None:
    for number in range(20):
        assert not attempts.is_crowded("a@b.c")
        fail(attempts, 1, address=address(number))
    assert attempts.is_crowded("a@b.c")
    with pytest.raises(TooManyAttemptsError):
        fail(attempts, 1, address=address(20))
    fail(attempts, 1, address=address(20), email="d@e.f")


def test_strangers_do_not_lock_somebody_out_where_they_are_known(attempts: Attempts) -> None:
    for number in range(20):
        fail(attempts, 1, address=address(number))
    for _ in range(5):
        attempts.begin("10.0.0.9", "a@b.c", is_known=True)
    with pytest.raises(TooManyAttemptsError):
        attempts.begin("10.0.0.9", "a@b.c", is_known=True)


def test_who_mistypes_where_they_are_known_holds_up_nobody_elsewhere(attempts: Attempts) -> None:
    for number in range(20):
        attempts.begin(address(number), "a@b.c", is_known=True)
    assert not attempts.is_crowded("a@b.c")
    fail(attempts, 1)


def test_refused_attempts_do_not_keep_the_door_closed(attempts: Attempts, clock: StandingClock) -> None:
    for number in range(20):
        fail(attempts, 1, address=address(number))
    for number in range(100):
        clock.forward(1_000)
        with pytest.raises(TooManyAttemptsError):
            fail(attempts, 1, address=address(number))
    clock.forward(WINDOW_MS - 100_000)
    fail(attempts, 1)


def test_success_clears_the_record_of_the_pair_and_counts_nowhere(attempts: Attempts) -> None:
    fail(attempts, 4)
    attempts.begin("10.0.0.1", "a@b.c")
    attempts.succeeded("10.0.0.1", "a@b.c")
    fail(attempts, 5)
    for number in range(100):
        attempts.begin("10.0.0.3", f"{number}@b.c")
        attempts.succeeded("10.0.0.3", f"{number}@b.c")
    for number in range(100):
        attempts.begin(address(number), "x@y.z")
        attempts.succeeded(address(number), "x@y.z")
    assert not attempts.is_crowded("x@y.z")
    fail(attempts, 1, address="10.0.0.3")


def test_somebody_who_gets_in_does_not_clear_what_others_failed(attempts: Attempts) -> None:
    for number in range(20):
        fail(attempts, 1, address=address(number))
    attempts.begin("10.0.0.9", "a@b.c", is_known=True)
    attempts.succeeded("10.0.0.9", "a@b.c", is_known=True)
    assert attempts.is_crowded("a@b.c")


def test_codes_are_braked_harder(clock: StandingClock) -> None:
    attempts = Attempts(clock, CODES)
    fail(attempts, 5)
    fail(attempts, 5, address="10.0.0.2")
    with pytest.raises(TooManyAttemptsError) as refused:
        fail(attempts, 1, address="10.0.0.3")
    assert refused.value.retry_after_s == 900


@pytest.mark.parametrize(
    ("sent", "site"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_network_that_is_one_machine_counts_as_one(sent: str, site: str) -> None:
    assert site_of(sent) == site


def test_what_is_remembered_is_bounded(attempts: Attempts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farthing.actions.entry.attempts._ENTRIES_MAX", 3)
    for number in range(10):
        fail(attempts, 1, address=address(number), email=f"{number}@b.c")
    for failures in (attempts._pairs, attempts._addresses, attempts._accounts):
        assert len(failures._times) == 3
    assert list(attempts._accounts._times) == ["7@b.c", "8@b.c", "9@b.c"]


def test_long_names_take_no_more_room_than_addresses_do(attempts: Attempts) -> None:
    for number in range(10):
        attempts.begin(address(number), f"{number}{'a' * 60_000}")
    kept = [name for each in (attempts._pairs, attempts._accounts) for name in each._times]
    assert max(map(len, kept)) <= 400
    with pytest.raises(TooManyAttemptsError):
        fail(attempts, 6, email="b" * 60_000)
