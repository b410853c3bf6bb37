"""The form that amends a request: its fields as texts, what of them was changed, and what is wrong with it.

A field that was left alone is not amended. Counts are given unit by unit, as the receipt tells them; with any
of them changed all are sent, because usage is amended as a whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from farthing.rules.events import UsageEvent
from farthing.rules.money import usd_text
from farthing.rules.problems import FieldProblem
from farthing.rules.usage import UNITS
from farthing.web.words import problem_text

NAMES: Final[dict[str, str]] = {
    "endpointTag": "endpoint_tag",
    "promptVersion": "prompt_version",
    "featureTag": "feature_tag",
    "userId": "user_id",
    "tenantId": "tenant_id",
    "environment": "environment",
    "dataMode": "data_mode",
    "provider": "provider",
    "model": "model_sent",
    "requestedModel": "model_requested",
    "status": "status",
    "errorCode": "error_code",
    "latencyMs": "latency_ms",
    "timeToFirstTokenMs": "time_to_first_token_ms",
}
"""Fields of the form by their wire names, and the field of an event that holds each."""
EXTRAS: Final = (
    *("serviceTier", "region", "isBatch", "operationId", "attempt"),
    *("traceId", "spanId", "runId", "sessionId", "streamed"),
)
"""Fields that events keep among the free ones."""
OBJECTS: Final = ("tags", "metadata")
"""Free fields that are written as JSON."""
REPORTED: Final = "reportedCostUsd"
_NUMBERS: Final = frozenset({"latencyMs", "timeToFirstTokenMs", "attempt"})
_SWITCHES: Final = {"true": True, "false": False}
_DIGITS_MAX: Final = 18
_USAGE: Final = "usage."
_ALWAYS: Final = ("input_uncached", "output_visible")


def texts_of(event: UsageEvent) -> dict[str, str]:
    """What the form of an event is filled in with."""
    extra = event.extra or {}
    reported = event.reported_cost_picousd
    return {
        **{wire: _text(getattr(event, name)) for wire, name in NAMES.items()},
        **{wire: _text(extra.get(wire)) for wire in EXTRAS},
        **{wire: _json(extra.get(wire)) for wire in OBJECTS},
        **{_USAGE + unit: str(event.usage.units.get(unit, 0)) for unit in UNITS},
        REPORTED: "" if reported is None else usd_text(reported),
    }


def changes_of(event: UsageEvent, typed: dict[str, str]) -> dict[str, Any] | list[FieldProblem]:
    """What of the event is to be amended, by wire names; or texts that are no JSON."""
    before = texts_of(event)
    changed = {name for name, text in typed.items() if name in before and not _is_same(text, before[name])}
    changes: dict[str, Any] = {}
    problems = []
    for name in (*NAMES, *EXTRAS, REPORTED):
        if name in changed:
            changes[name] = _value(name, typed[name].strip())
    for name in OBJECTS:
        if name in changed:
            try:
                changes[name] = _object(typed[name])
            except msgspec.DecodeError:
                problems.append(FieldProblem(name, 'is no JSON object, such as {"team": "search"}'))
    if problems:
        return problems
    return _without_same(event, changes) | _usage(typed, changed, before)


def problems_by_field(found: Iterable[FieldProblem], form: dict[str, str]) -> dict[str, str]:
    """What is wrong by the form's fields; what is of none of them under `changes`."""
    told: dict[str, str] = {}
    for each in found:
        first = each.field.partition(".")[0]
        name = next(
            (known for known in (each.field, first) if known in (*form, "usage", "reason")), "changes"
        )
        is_inner = name not in (each.field, "changes")
        said = f"{each.field} {each.message}" if is_inner else problem_text(each.message)
        told.setdefault(name, said)
    return told


def _usage(typed: dict[str, str], changed: set[str], before: dict[str, str]) -> dict[str, Any]:
    """All counts where one was changed, with the cost that was reported, which would else go with them."""
    if not any(name.startswith(_USAGE) for name in changed):
        return {}
    counts = {unit: typed.get(_USAGE + unit, before[_USAGE + unit]).strip() for unit in UNITS}
    sent: dict[str, Any] = {unit: _whole(text) for unit, text in counts.items() if text not in ("", "0")}
    sent = dict.fromkeys(_ALWAYS, 0) | sent
    reported = typed.get(REPORTED, before[REPORTED]).strip()
    kept = {REPORTED: reported} if reported else {}
    return {"usage": sent, "usageFormat": "farthing_units"} | kept


def _without_same(event: UsageEvent, changes: dict[str, Any]) -> dict[str, Any]:
    """JSON may be written otherwise and mean the same."""
    extra = event.extra or {}
    return {
        name: value
        for name, value in changes.items()
        if name not in OBJECTS or value != (extra.get(name) or None)
    }


def _object(text: str) -> Any:
    found = msgspec.json.decode(text.encode()) if text.strip() else None
    return None if found == {} else found


def _value(name: str, text: str) -> Any:
    if not text:
        return None
    if name in _NUMBERS:
        return _whole(text)
    return _SWITCHES.get(text, text) if name in ("isBatch", "streamed") else text


def _whole(text: str) -> int | str:
    """A number where it is one; what is none is told of by whoever reads the call."""
    plain = text.replace(",", "").replace("\u202f", "")
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= _DIGITS_MAX else text


def _is_same(typed: str, before: str) -> bool:
    """Browsers take breaks of lines out of what a field holds, or write them otherwise."""
    return _in_one_line(typed) == _in_one_line(before)


def _in_one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "").strip()


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json(value: object) -> str:
    return "" if not value else msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
