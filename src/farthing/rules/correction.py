"""Calls that were wrong: amended or voided after they were stored, with what they were before.

A call has versions, numbered from 1. Each correction ends one and begins the next; nothing of the past is
overwritten, so that every correction can be taken back.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from farthing.rules.events import UsageEvent
from farthing.rules.usage import UNITS

CorrectionKind = Literal["amended", "voided", "restored", "reverted"]
"""`restored` takes a void back, `reverted` brings back an earlier version."""

_NOT_TOLD: Final = frozenset({"workspace_id", "usage", "rate_card", "extra"})


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """A call was `before` as its `version`, until this made it the next.

    `by` is the wire id of the person, or of the API key that did it, `at` when, in UTC milliseconds.
    """

    workspace_id: int
    request_id: int
    version: int
    kind: CorrectionKind
    at: int
    by: str
    via: str
    reason: str
    before: UsageEvent


class StoredCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call as it stands now: an event that counts, or a voided one that counts nowhere.

    `corrected_at` is when its version began, None for the first.
    """

    request_id: int
    event: UsageEvent
    version: int = 1
    corrected_at: int | None = None
    is_voided: bool = False


def differences(before: UsageEvent, after: UsageEvent) -> dict[str, tuple[Any, Any]]:
    """What a correction changed, as (before, after) by field; counts of tokens as `usage.` and their unit.

    Fields of `extra` stand under their own names.
    """
    told = {
        name: (getattr(before, name), getattr(after, name))
        for name in UsageEvent.__struct_fields__
        if name not in _NOT_TOLD
    }
    for unit in UNITS:
        told[f"usage.{unit}"] = before.usage.units.get(unit, 0), after.usage.units.get(unit, 0)
    told["flags"] = list(before.usage.flags), list(after.usage.flags)
    old, new = before.extra or {}, after.extra or {}
    for name in {**old, **new}:
        told[f"extra.{name}"] = old.get(name), new.get(name)
    return {name: pair for name, pair in told.items() if pair[0] != pair[1]}
