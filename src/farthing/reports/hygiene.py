"""How clean the data is: groups of calls put together into shares, a score, and the state of each key."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from farthing.reports.hygiene_facts import DUPLICATE, HygieneGroup, IntakeKey
from farthing.rules import hygiene
from farthing.rules.hygiene import FLAGS, LATE_FROM_BIN, WEIGHTS, IssueName, looks_like_test

_MEDIAN: Final = Fraction(1, 2)
_P95: Final = Fraction(95, 100)


@dataclass
class Tally:
    """Calls and how many of them have each issue; of each bin of clock skew how many are in it."""

    requests: int = 0
    issues: Counter[IssueName] = field(default_factory=Counter)
    skew: Counter[int] = field(default_factory=Counter)

    def add(self, group: HygieneGroup, issues: Mapping[IssueName, int]) -> None:
        self.requests += group.requests
        self.issues.update({name: count for name, count in issues.items() if count})
        if group.skew_bin is not None:
            self.skew[group.skew_bin] += group.requests

    @property
    def score(self) -> Fraction | None:
        """See rules.hygiene."""
        return hygiene.score(self.requests, self.issues)

    @property
    def loss(self) -> int:
        """What the calls lose of the score in all: what lists are ordered by."""
        return sum(WEIGHTS[name] * count for name, count in self.issues.items())

    @property
    def skew_median_ms(self) -> int | None:
        """At least half of the calls that came with a time were received no later after it than this."""
        return hygiene.skew_at(self.skew, _MEDIAN)

    @property
    def skew_p95_ms(self) -> int | None:
        return hygiene.skew_at(self.skew, _P95)

    @property
    def is_median_beyond(self) -> bool:
        """Whether half of them were received later than that instead: beyond the last edge."""
        return hygiene.is_beyond(self.skew, _MEDIAN)

    @property
    def is_p95_beyond(self) -> bool:
        return hygiene.is_beyond(self.skew, _P95)


@dataclass
class Posts:
    """What came and made no call: duplicates, and refusals by their reason."""

    duplicates: int = 0
    refusals: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Hygiene:
    """The whole report. `posts` is None when filters ask for what is not known of posts.

    `pairs` are the same calls by (key, endpoint tag).
    """

    total: Tally
    by_key: dict[int, Tally]
    by_endpoint: dict[str | None, Tally]
    pairs: dict[tuple[int, str | None], Tally]
    groups: tuple[HygieneGroup, ...]
    posts: Posts | None
    posts_by_key: dict[int, Posts]


def assemble(
    groups: Iterable[HygieneGroup], key_names: Mapping[int, str], posts: Mapping[IntakeKey, int] | None
) -> Hygiene:
    """The report over groups and what was counted beside them. `key_names` are names of API keys by id."""
    groups = tuple(groups)
    test_keys = {key for key, name in key_names.items() if looks_like_test(name)}
    total, by_key = Tally(), defaultdict[int, Tally](Tally)
    by_endpoint = defaultdict[str | None, Tally](Tally)
    pairs = defaultdict[tuple[int, str | None], Tally](Tally)
    for group in groups:
        issues = issues_of(group, is_test_key=group.api_key_id in test_keys)
        key, endpoint = group.api_key_id, group.endpoint_tag
        for tally in (total, by_key[key], by_endpoint[endpoint], pairs[key, endpoint]):
            tally.add(group, issues)
    whole, of_keys = _posts(posts or {})
    return Hygiene(
        total,
        dict(by_key),
        dict(by_endpoint),
        dict(pairs),
        groups,
        None if posts is None else whole,
        of_keys,
    )


def issues_of(group: HygieneGroup, *, is_test_key: bool) -> dict[IssueName, int]:
    """How many calls of the group have each issue."""
    issues: Counter[IssueName] = Counter()
    for name in {FLAGS[flag] for flag in group.flags if flag in FLAGS}:
        issues[name] = group.requests
    is_test_place = is_test_key or looks_like_test(group.endpoint_tag or "")
    if group.data_mode == "real":
        is_all = is_test_place or group.environment != "prod"
        issues["test_looking"] = group.requests if is_all else group.test_named
    elif group.data_mode == "test" and group.environment == "prod":
        issues["real_looking"] = 0 if is_test_place else group.requests - group.test_named
    issues["unpriced"] = group.unpriced
    issues["endpoint_tag_missing"] = group.requests if group.endpoint_tag is None else 0
    issues["prompt_version_missing"] = group.without_prompt_version
    issues["user_missing"] = group.without_user
    issues["tenant_missing"] = group.without_tenant
    is_late = group.skew_bin is not None and group.skew_bin >= LATE_FROM_BIN
    issues["late"] = group.requests if is_late else 0
    return dict(issues)


def _posts(counts: Mapping[IntakeKey, int]) -> tuple[Posts, dict[int, Posts]]:
    total, by_key = Posts(), defaultdict[int, Posts](Posts)
    for key, count in counts.items():
        for posts in (total, by_key[key.api_key_id]):
            if key.kind == DUPLICATE:
                posts.duplicates += count
            else:
                posts.refusals[key.kind] += count
    return total, dict(by_key)
