"""Laws of the token bucket, of one and of several servers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.rate_limit import SECOND_NS, RateLimit, taken, wait_ns

LIMITS = st.builds(
    RateLimit,
    per_second=st.one_of(st.integers(1, 1_000), st.floats(0.01, 1_000)),
    burst=st.integers(1, 20),
)
STEPS = st.lists(st.tuples(st.integers(0, 3 * SECOND_NS), st.integers(1, 25)), min_size=1, max_size=60)
"""Pauses, and how many tokens are asked for after each."""


def walk(limit: RateLimit, steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """When how many tokens were given."""
    now, full_at = SECOND_NS, 0
    given_at = []
    for pause, count in steps:
        now += pause
        if wait_ns(limit, full_at, count, now) == 0:
            full_at = taken(limit, full_at, count, now)
            given_at.append((now, count))
    return given_at


@given(LIMITS, STEPS)
def test_no_stretch_of_time_passes_more_than_its_rate_and_one_burst(
    limit: RateLimit, steps: list[tuple[int, int]]
) -> None:
    passed = walk(limit, steps)
    for first in range(len(passed)):
        total = 0
        for at, count in passed[first:]:
            total += count
            lasted = at - passed[first][0]
            assert total <= lasted / limit.token_ns + limit.burst + 1e-6
            assert total <= limit.per_second * lasted / SECOND_NS + limit.burst + 1e-6


@given(LIMITS, STEPS, st.integers(1, 20))
def test_who_waits_as_long_as_told_is_let_through_and_not_a_moment_earlier(
    limit: RateLimit, steps: list[tuple[int, int]], count: int
) -> None:
    count = min(count, limit.burst)
    now, full_at = SECOND_NS, 0
    for pause, wanted in steps:
        now += pause
        if wait_ns(limit, full_at, wanted, now) == 0:
            full_at = taken(limit, full_at, wanted, now)
    wait = wait_ns(limit, full_at, count, now)
    assert wait_ns(limit, full_at, count, now + wait) == 0
    if wait:
        assert wait_ns(limit, full_at, count, now + wait - 1) == 1


def test_a_full_bucket_gives_its_burst_and_then_its_rate() -> None:
    limit = RateLimit(10, 3)
    full_at, now = 0, SECOND_NS
    passed = 0
    for _ in range(100):  # every 10 ms for a second
        if wait_ns(limit, full_at, 1, now) == 0:
            full_at = taken(limit, full_at, 1, now)
            passed += 1
        now += SECOND_NS // 100
    assert passed == 3 + 9


ROUND_NS = SECOND_NS // 20


@given(LIMITS, st.integers(2, 5), st.integers(1, 40))
def test_several_copies_that_are_settled_pass_in_the_long_run_what_one_does(
    limit: RateLimit, servers: int, seconds: int
) -> None:
    """Each copy gives all it has, 20 times a second, and is settled with the others then."""
    copy, passed, most_at_once, now = 0, 0, 0, SECOND_NS
    end = now + seconds * SECOND_NS
    while now < end:
        each, its_copy = 0, copy
        while wait_ns(limit, its_copy, 1, now) == 0:
            its_copy = taken(limit, its_copy, 1, now)
            each += 1
        at_once = each * servers
        copy = max(copy, now) + at_once * limit.token_ns
        passed, most_at_once, now = passed + at_once, max(most_at_once, at_once), now + ROUND_NS
    refilled = seconds * SECOND_NS / limit.token_ns
    assert passed <= refilled + limit.burst + most_at_once
    if (limit.burst - 1) * limit.token_ns >= ROUND_NS:  # no bucket is full, and loses tokens, between rounds
        assert passed >= refilled - 1
