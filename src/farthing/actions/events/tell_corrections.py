"""The history of a call as people and programs read it: what each correction changed, in wire words."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from farthing.rules.correction import Correction, StoredCall, differences
from farthing.rules.events import UsageEvent
from farthing.rules.instants import instant
from farthing.rules.money import usd_text

_MONEY: Final = ("cost_picousd", "reported_cost_picousd")
_TIMES: Final = ("occurred_at", "received_at")


class FieldChange(msgspec.Struct, frozen=True):
    """A field before and after: amounts are dollars as text, times ISO 8601."""

    field: str
    before: Any
    after: Any


def told_corrections(
    call: StoredCall, corrections: list[Correction]
) -> list[tuple[Correction, list[FieldChange]]]:
    """Each of a call's corrections, oldest first, with what the next version has otherwise."""
    afters = [*(each.before for each in corrections[1:]), call.event]
    return [
        (each, told_changes(each.before, after)) for each, after in zip(corrections, afters, strict=False)
    ]


def told_changes(before: UsageEvent, after: UsageEvent) -> list[FieldChange]:
    """What the one has otherwise than the other."""
    return [_told(name, *pair) for name, pair in differences(before, after).items()]


def _told(name: str, before: Any, after: Any) -> FieldChange:
    if name in _MONEY:
        amounts = (None if each is None else usd_text(each) for each in (before, after))
        return FieldChange(_wire(name.removesuffix("_picousd") + "_usd"), *amounts)
    if name in _TIMES:
        return FieldChange(_wire(name), instant(before), instant(after))
    return FieldChange(_wire(name), before, after)


def _wire(name: str) -> str:
    """`user_id` as the API spells it; names with a dot are told as they are."""
    first, *rest = [name] if "." in name else name.split("_")
    return first + "".join(part.capitalize() for part in rest)
