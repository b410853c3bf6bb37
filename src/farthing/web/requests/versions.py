"""What was corrected of a request, in words, the last correction first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec

from farthing.actions.events.tell_corrections import FieldChange, told_corrections
from farthing.rules.correction import Correction, StoredCall
from farthing.web.amounts import exact_text
from farthing.web.figures import count
from farthing.web.requests.places import field_label

_DONE: Final = {
    "amended": "Version {} was amended",
    "voided": "Version {} was voided",
    "restored": "Version {} was restored",
    "reverted": "Version {} was reverted to an earlier one",
}


_AMOUNTS: Final = ("costUsd", "reportedCostUsd")
Change = tuple[str, str, str]
"""A field, and what it was and is, as text."""


@dataclass(frozen=True)
class Version:
    """One correction, which ended the version `number`; it can be brought back where `is_past`."""

    number: int
    what: str
    at: int
    who: str
    reason: str
    changes: tuple[Change, ...]
    is_past: bool


def versions_of(
    call: StoredCall, corrections: list[Correction], who: Mapping[str, str]
) -> tuple[Version, ...]:
    """All corrections; `who` has the names of people and keys by their ids."""
    return tuple(_version(call, *told, who) for told in reversed(told_corrections(call, corrections)))


def change_of(told: FieldChange) -> Change:
    """A change in the words of pages."""
    return field_label(told.field), _text(told.field, told.before), _text(told.field, told.after)


def _version(
    call: StoredCall, correction: Correction, changes: list[FieldChange], who: Mapping[str, str]
) -> Version:
    return Version(
        number=correction.version,
        what=_DONE[correction.kind].format(correction.version),
        at=correction.at,
        who=who.get(correction.by, correction.by),
        reason=correction.reason,
        changes=tuple(change_of(each) for each in changes),
        is_past=not call.is_voided and bool(changes) and correction.before != call.event,
    )


def _text(field: str, value: Any) -> str:
    if value is None or value == []:
        return "nothing"
    if field in _AMOUNTS:
        return f"${exact_text(Decimal(value))}"
    if isinstance(value, int) and not isinstance(value, bool):
        return count(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
