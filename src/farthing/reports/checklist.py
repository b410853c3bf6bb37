"""The checklist of a first day: six things that make calls worth storing, read off the newest of them.

Endpoint tag, prompt version, identity, known models, usage, and data modes that agree (contract 12). Each
says what was seen, and how to mend it. The score is that of the hygiene report, over the same few calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from farthing.reports.hygiene import Tally, assemble, issues_of
from farthing.reports.hygiene_events import grouped
from farthing.reports.hygiene_fixes import ADVICE
from farthing.rules.events import UsageEvent
from farthing.rules.hygiene import IssueName, looks_like_test

_NAMED_MAX: Final = 3
_ENOUGH: Final = 20
"""One call in so many may lack something: not every call has a user."""


@dataclass(frozen=True)
class _Check:
    """What an item is read off: calls lack it that have one of the issues, or with `is_of_all` all of them.

    `lacking` follows "calls …"; `seen` gives what of a call is shown.
    """

    name: str
    title: str
    issues: frozenset[IssueName]
    lacking: str
    mending: str
    seen: Callable[[UsageEvent], str | None]
    is_of_all: bool = False

    def is_lacked(self, issues: frozenset[IssueName]) -> bool:
        return self.issues <= issues if self.is_of_all else not self.issues.isdisjoint(issues)


_CHECKS: Final = (
    _Check(
        "endpoint_tag",
        "Endpoint tag",
        frozenset({"endpoint_tag_missing"}),
        "do not say which feature made them",
        ADVICE["endpoint_tag_missing"],
        attrgetter("endpoint_tag"),
    ),
    _Check(
        "prompt_version",
        "Prompt version",
        frozenset({"prompt_version_missing"}),
        "do not say which prompt was used",
        ADVICE["prompt_version_missing"],
        attrgetter("prompt_version"),
    ),
    _Check(
        "identity",
        "Identity",
        frozenset({"user_missing", "tenant_missing"}),
        "name neither a user nor a tenant",
        f"{ADVICE['user_missing']} For what your customers cause, send `tenantId` as well.",
        lambda event: event.user_id or event.tenant_id,
        is_of_all=True,
    ),
    _Check(
        "known_models",
        "Known models",
        frozenset({"unpriced"}),
        "have no price, or not for all they used",
        "Send the provider's own name of the model, or set a price or an alias for the one that is sent.",
        lambda event: f"{event.provider}/{event.model_sent}",
    ),
    _Check(
        "usage",
        "Usage",
        frozenset({"usage_missing", "usage_inconsistent"}),
        "tell of no tokens, or of counts that can't all be true",
        f"{ADVICE['usage_missing']} {ADVICE['usage_inconsistent']}",
        lambda event: " + ".join(sorted(event.usage.units)) or None,
    ),
    _Check(
        "data_modes",
        "Data modes agree",
        frozenset({"data_mode_defaulted", "environment_defaulted", "test_looking", "real_looking"}),
        "do not say whether they are real and where they ran, or look like the other kind",
        "Send `dataMode` and `environment` with each call, or let its API key say both.",
        lambda event: f"{event.data_mode} in {event.environment}",
    ),
)


@dataclass(frozen=True)
class Item:
    """One thing. `lacking` calls of all lack it, `names` are what was seen most, `mending` is what to do."""

    name: str
    title: str
    is_done: bool
    lacking: int
    seen: str
    names: tuple[str, ...]
    mending: str


@dataclass(frozen=True)
class Checklist:
    """All of them, over so many calls; of none, nothing is done."""

    requests: int
    tally: Tally
    items: tuple[Item, ...]

    @property
    def is_done(self) -> bool:
        return all(item.is_done for item in self.items)

    @property
    def done_count(self) -> int:
        return sum(item.is_done for item in self.items)


def checklist(events: Sequence[UsageEvent], key_names: Mapping[int, str]) -> Checklist:
    """The checklist over these calls; `key_names` are names of API keys by id."""
    total = assemble(grouped(events), key_names, None).total
    test_keys = {key for key, name in key_names.items() if looks_like_test(name)}
    found = [(event, _issues(event, test_keys)) for event in events]
    return Checklist(len(events), total, tuple(_item(check, found) for check in _CHECKS))


def _issues(event: UsageEvent, test_keys: set[int]) -> frozenset[IssueName]:
    (group,) = grouped([event])
    issues = issues_of(group, is_test_key=event.api_key_id in test_keys)
    return frozenset(name for name, count in issues.items() if count)


def _item(check: _Check, found: Sequence[tuple[UsageEvent, frozenset[IssueName]]]) -> Item:
    lacking = [event for event, issues in found if check.is_lacked(issues)]
    told = lacking if check.name == "known_models" and lacking else [event for event, _ in found]
    names = Counter(text for event in told if (text := check.seen(event)) not in (None, "unknown"))
    return Item(
        name=check.name,
        title=check.title,
        is_done=bool(found) and len(lacking) * _ENOUGH <= len(found),
        lacking=len(lacking),
        seen=_sentence(check, len(lacking), len(found)),
        names=tuple(str(text) for text, _ in names.most_common(_NAMED_MAX)),
        mending=check.mending,
    )


def _sentence(check: _Check, lacking: int, of: int) -> str:
    if not of:
        return "No call has come yet."
    if not lacking:
        return f"All {of:,} calls are in order." if of > 1 else "The one call is in order."
    return f"{lacking:,} of {of:,} calls {check.lacking}."
