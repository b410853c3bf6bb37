"""Erasing a user or tenant: the identity disappears, what it cost stays under a name that says nothing.

Each erased identity gets a name of its own: with one name for all, the sums of several people would run into
one another, and a top list would lead with somebody who never was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any, Final, Literal

import msgspec

from farthing.rules.budgets import Budget
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Values

ErasureKind = Literal["user", "tenant"]
ErasureState = Literal["erasing", "cleaning", "done"]
KINDS: Final[tuple[ErasureKind, ...]] = ("user", "tenant")
FIELD_OF: Final[dict[ErasureKind, str]] = {"user": "user_id", "tenant": "tenant_id"}
FREE_FIELDS: Final = (
    "external_request_id",
    "endpoint_tag",
    "prompt_version",
    "feature_tag",
    "user_id",
    "tenant_id",
    "extra",
)
"""What senders fill in freely; provider, model and error code come from providers and are left."""
_WORD_MAX: Final = 7
"""Identities of up to so many characters are looked for as words of their own."""


class Counts(msgspec.Struct, kw_only=True):
    """What was changed: names of the dictionary, requests by their free fields, request ids, old versions."""

    names: int = 0
    requests: int = 0
    request_ids: int = 0
    versions: int = 0


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What the identity's requests of all data modes add up to."""

    request_count: int = 0
    cost_picousd: int = 0
    unpriced_request_count: int = 0


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """The record of one erasure, which becomes its certificate.

    `value` is the identity, and is None as soon as it is erased; `digest` then tells whether it was a given
    one. `alias` is the name in its place, `refs` are the identity's integers in the dictionary. Requests up
    to `last_request_id` are looked through, down to `cursor` that is done. With `in_others` what others sent
    is looked through too. `before` are the sums when it began, `after` when it was done. `file_mentions` is
    how often the text still stands in the database's files, None where that can't be looked at.
    """

    id: int = 0
    workspace_id: int
    kind: ErasureKind
    value: str | None
    alias: str
    salt: str
    digest: str
    state: ErasureState = "erasing"
    in_others: bool = True
    note: str = ""
    refs: tuple[int, ...] | None = None
    last_request_id: int = 0
    cursor: int = 0
    counts: Counts = msgspec.field(default_factory=Counts)
    before: Sums | None = None
    after: Sums | None = None
    file_mentions: int | None = None
    created_by: int
    created_at: int
    finished_at: int | None = None
    version: int = 0


def digest(salt: str, kind: ErasureKind, value: str) -> str:
    """By which somebody who knows an identity can tell that this erasure was of it."""
    return sha256(f"{salt}:{kind}:{value}".encode()).hexdigest()


def mentions(text: str, value: str) -> bool:
    """Whether the text names the identity: anywhere in it, or for a short one as a word of its own."""
    return scrubbed(text, value, "") != text


def scrubbed(text: str, value: str, alias: str) -> str:
    """The text with the alias wherever it names the identity."""
    if value not in text:
        return text
    if len(value) > _WORD_MAX:
        return text.replace(value, alias)
    return re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", lambda _: alias, text)


def scrubbed_json(found: Any, value: str, alias: str) -> Any:
    """A JSON value with the alias in all its texts, names of objects too."""
    if isinstance(found, str):
        return scrubbed(found, value, alias)
    if isinstance(found, list):
        return [scrubbed_json(each, value, alias) for each in found]
    if isinstance(found, dict):
        return {
            scrubbed(name, value, alias): scrubbed_json(each, value, alias) for name, each in found.items()
        }
    return found


def scrubbed_budget(budget: Budget, erasure: Erasure) -> Budget:
    """A budget that does not name the identity: it goes on for whoever has the alias now."""
    value, own = erasure.value or "", FIELD_OF[erasure.kind]

    def in_dimension(name: str, text: str) -> str:
        if name == own and text == value:
            return erasure.alias
        is_free = erasure.in_others and name in FREE_FIELDS
        return scrubbed(text, value, erasure.alias) if is_free else text

    def in_tag(_name: str, text: str) -> str:
        return scrubbed(text, value, erasure.alias) if erasure.in_others else text

    of = budget.filters
    filters = replace(
        of,
        equals=_each_value(of.equals, in_dimension),
        excludes=_each_value(of.excludes, in_dimension),
        tags=_each_value(of.tags, in_tag),
        excluded_tags=_each_value(of.excluded_tags, in_tag),
    )
    name = scrubbed(budget.name, value, erasure.alias) if erasure.in_others else budget.name
    return msgspec.structs.replace(budget, filters=filters, name=name)


def _each_value(named: Values, change: Callable[[str, str], str]) -> Values:
    return tuple((name, tuple(change(name, text) for text in texts)) for name, texts in named)


def scrubbed_event(event: UsageEvent, erasure: Erasure) -> UsageEvent:
    """A call without the identity: as what it belongs to, and wherever its free fields name it."""
    value, own = erasure.value or "", FIELD_OF[erasure.kind]
    is_own = getattr(event, own) == value
    if not is_own and not erasure.in_others:
        return event
    found = {name: scrubbed_json(getattr(event, name), value, erasure.alias) for name in FREE_FIELDS}
    if is_own:
        found[own] = erasure.alias
    return msgspec.structs.replace(event, **found)
