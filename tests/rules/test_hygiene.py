"""What looks like a test, and the laws of the score."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.hygiene import (
    ISSUES,
    SKEW_EDGES_MS,
    WEIGHTS,
    IssueName,
    is_beyond,
    looks_like_test,
    score,
    skew_at,
    skew_bin,
)

TESTS = (
    "test",
    "Test",
    "ci-runner",
    "CI",
    "checkout.ai_summary.staging",
    "user_test_7",
    "test42",
    "loadTest",
    "localhost:3000",
    "dummy@example.org",
    "acme/sandbox",
    "pytest-worker",
    "e2e_user",
    "my-qa2",
)
REAL = (
    "",
    "cicero",
    "latest",
    "contest",
    "attestation.check",
    "protest",
    "developer.docs",
    "greatest_hits",
    "checkout.ai_summary",
    "usr_c81d4e",
    "locale",
    "mockingbird",
    "stages",
    "université",
)


@pytest.mark.parametrize("name", TESTS)
def test_names_with_a_word_of_tests_look_like_one(name: str) -> None:
    assert looks_like_test(name)


@pytest.mark.parametrize("name", REAL)
def test_names_that_only_hold_its_letters_do_not(name: str) -> None:
    assert not looks_like_test(name)


def test_what_one_call_can_have_weighs_a_hundred() -> None:
    exclusive = WEIGHTS["real_looking"]
    assert WEIGHTS["test_looking"] == exclusive
    assert sum(WEIGHTS.values()) - exclusive == 100


NAMES: list[IssueName] = [issue.name for issue in ISSUES]
Calls = list[frozenset[IssueName]]
a_call = st.sets(st.sampled_from(NAMES)).filter(lambda s: not {"test_looking", "real_looking"} <= s)
some_calls = st.lists(a_call.map(frozenset), max_size=12)


def score_of(calls: Calls) -> Fraction | None:
    return score(len(calls), {name: sum(name in call for call in calls) for name in NAMES})


@given(some_calls, some_calls)
def test_the_score_of_all_is_the_mean_of_its_parts(some: Calls, others: Calls) -> None:
    parts = [(score_of(each) or 0) * len(each) for each in (some, others)]
    whole = score_of([*some, *others])
    assert whole is None if not some + others else whole == sum(parts) / len(some + others)


@given(some_calls.filter(bool))
def test_a_clean_call_never_lowers_it_and_one_issue_more_never_raises_it(calls: Calls) -> None:
    before = score_of(calls)
    assert before is not None
    with_clean = score_of([*calls, frozenset()])
    assert with_clean is not None
    assert 0 <= before <= with_clean <= 100
    for name in NAMES:
        worse = score_of([calls[0] | {name}, *calls[1:]])
        assert worse is not None
        assert worse <= before
    assert (before == 100) == (not any(calls))


def test_bins_of_skew_part_the_line_at_their_edges() -> None:
    for place, edge in enumerate(SKEW_EDGES_MS):
        if edge:
            assert (skew_bin(edge - 1) or 0, skew_bin(edge)) == (place, place + 1)
    assert skew_bin(0) is None
    assert skew_bin(-1) == SKEW_EDGES_MS.index(0)


@given(st.lists(st.integers(-100_000, 10**8).filter(bool), min_size=1), st.sampled_from([1, 50, 95, 100]))
def test_a_share_of_skew_is_read_off_its_bins(skews: list[int], percent: int) -> None:
    bins: dict[int, int] = {}
    for skew in skews:
        place = skew_bin(skew)
        assert place is not None
        bins[place] = bins.get(place, 0) + 1
    at = skew_at(bins, Fraction(percent, 100))
    assert at is not None
    is_most = sum(skew < at for skew in skews) * 100 >= percent * len(skews)
    assert is_most or at == SKEW_EDGES_MS[-1]
    assert is_beyond(bins, Fraction(percent, 100)) == (not is_most)


def test_no_calls_have_no_score_and_no_skew() -> None:
    assert score(0, {}) is None
    assert skew_at({}, Fraction(1, 2)) is None
