"""What makes stored calls doubtful: the issues there are, how much each weighs, and what looks like a test.

The score is 100 less the weights of all issues, each by the share of the calls that have it: what calls have
on average, one without any issue 100. What one call can have weighs 100 at most, so it is never below 0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

IssueName = Literal[
    "test_looking",
    "real_looking",
    "unpriced",
    "usage_missing",
    "usage_inconsistent",
    "endpoint_tag_missing",
    "data_mode_defaulted",
    "environment_defaulted",
    "prompt_version_missing",
    "user_missing",
    "future_dated",
    "late",
    "tenant_missing",
]


@dataclass(frozen=True)
class Issue:
    """Something that makes a call doubtful; `meaning` follows "calls that …"."""

    name: IssueName
    weight: int
    meaning: str


ISSUES: Final = (
    Issue("test_looking", 20, "are real and look like tests"),
    Issue("real_looking", 20, "are tests and look like production"),
    Issue("unpriced", 20, "have no price, or not for all they used"),
    Issue("usage_missing", 15, "succeeded without a single token"),
    Issue("usage_inconsistent", 10, "said things of their tokens that can't all be true"),
    Issue("endpoint_tag_missing", 10, "do not say which feature made them"),
    Issue("data_mode_defaulted", 5, "do not say whether they are real, and neither does their key"),
    Issue("environment_defaulted", 5, "do not say in which environment they were made, nor does their key"),
    Issue("prompt_version_missing", 4, "do not say which prompt was used"),
    Issue("user_missing", 4, "do not say for whom they were made"),
    Issue("future_dated", 3, "are said to have happened more than ten minutes after they were received"),
    Issue("late", 2, "were received an hour or more after they happened"),
    Issue("tenant_missing", 2, "do not say for which customer they were made"),
)
"""All of them; a call can have several, but not both of the first two."""
WEIGHTS: Final[dict[IssueName, int]] = {issue.name: issue.weight for issue in ISSUES}
LATE_MS: Final = 3_600_000

FLAGS: Final[dict[str, IssueName]] = {
    "usage_missing": "usage_missing",
    "usage_inconsistent": "usage_inconsistent",
    "total_differs": "usage_inconsistent",
    "data_mode_defaulted": "data_mode_defaulted",
    "environment_defaulted": "environment_defaulted",
    "future_dated": "future_dated",
}
"""The issue that a flag of an event tells of."""

TEST_WORDS: Final = (
    "test",
    "tests",
    "testing",
    "tester",
    "pytest",
    "e2e",
    "ci",
    "staging",
    "stage",
    "sandbox",
    "localhost",
    "dummy",
    "fake",
    "mock",
    "example",
    "foo",
    "dev",
    "local",
    "qa",
    "uat",
)
"""Names with one of these as a word of its own look like tests: `ci-runner` does, `cicero` does not."""
_WORD: Final = re.compile(r"[a-z]+[0-9]*[a-z]*|[0-9]+")
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_DIGITS: Final = "0123456789"
_WORDS: Final = frozenset(TEST_WORDS)


def looks_like_test(name: str) -> bool:
    """Whether a name (of a user, tenant, endpoint, prompt, feature or key) looks like that of a test.

    Words are parted by whatever is no letter or digit, and by capitals; digits behind a word do not count.
    """
    words = _WORD.findall(_CAMEL.sub(" ", name).lower())
    return any(word in _WORDS or word.rstrip(_DIGITS) in _WORDS for word in words)


def score(rows: int, issues: Mapping[IssueName, int]) -> Fraction | None:
    """From 0 to 100, for so many calls, of which so many have each issue; None without calls."""
    if not rows:
        return None
    return 100 - sum((Fraction(WEIGHTS[name] * count, rows) for name, count in issues.items()), Fraction())


def score_number(score: Fraction | None) -> float | None:
    """With one decimal place, cut: 100 is said only of data without any issue."""
    return None if score is None else int(score * 10) / 10


SKEW_EDGES_MS: Final = (
    -60_000,
    -10_000,
    -1_000,
    0,
    100,
    250,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    30_000,
    60_000,
    300_000,
    900_000,
    3_600_000,
    21_600_000,
    86_400_000,
)
"""Edges of the bins of received_at - occurred_at. Less than 0: the sender's clock is ahead of ours."""


def skew_bin(skew_ms: int) -> int | None:
    """The bin of a call: how many edges are not above it. None for exactly 0: it came without a time."""
    if skew_ms == 0:
        return None
    return sum(edge <= skew_ms for edge in SKEW_EDGES_MS)


LATE_FROM_BIN: Final = SKEW_EDGES_MS.index(LATE_MS) + 1
"""The first bin of late calls."""


def skew_at(bins: Mapping[int, int], share: Fraction) -> int | None:
    """The edge (ms) below which at least this share of the calls are; None when there are none.

    Of the highest bin, which has no upper edge, its lower one: see `is_beyond`.
    """
    found = _bin_at(bins, share)
    return None if found is None else SKEW_EDGES_MS[min(found, len(SKEW_EDGES_MS) - 1)]


def is_beyond(bins: Mapping[int, int], share: Fraction) -> bool:
    """Whether `skew_at` is less than what this share of the calls comes to: nobody knows by how much."""
    return _bin_at(bins, share) == len(SKEW_EDGES_MS)


def _bin_at(bins: Mapping[int, int], share: Fraction) -> int | None:
    total, seen = sum(bins.values()), 0
    for each in sorted(bins):
        seen += bins[each]
        if seen >= share * total:
            return each
    return None
