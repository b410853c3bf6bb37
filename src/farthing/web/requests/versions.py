"""What was corrected of a request, in words, the last correction first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from farthing.actions.events.tell_corrections import FieldChange, told_corrections
from farthing.rules.correction import Correction, StoredCall

_DONE: Final = {
    "amended": "Version {} was amended",
    "voided": "Version {} was voided",
    "restored": "Version {} was restored",
    "reverted": "Version {} was reverted to an earlier one",
}


@dataclass(frozen=True)
class Version:
    """One correction; `changes` are (field, before, after) as text."""

    what: str
    at: int
    who: str
    reason: str
    changes: tuple[tuple[str, str, str], ...]


def versions_of(
    call: StoredCall, corrections: list[Correction], who: Mapping[str, str]
) -> tuple[Version, ...]:
    """All corrections; `who` has the names of people and keys by their ids."""
    return tuple(_version(*told, who) for told in reversed(told_corrections(call, corrections)))


def _version(correction: Correction, changes: list[FieldChange], who: Mapping[str, str]) -> Version:
    return Version(
        what=_DONE[correction.kind].format(correction.version),
        at=correction.at,
        who=who.get(correction.by, correction.by),
        reason=correction.reason,
        changes=tuple((each.field, _text(each.before), _text(each.after)) for each in changes),
    )


def _text(value: Any) -> str:
    if value is None or value == []:
        return "nothing"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
