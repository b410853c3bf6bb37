"""A stored call with some of its fields as they should have been sent: read, checked and priced as at ingest.

Usage is amended as a whole: with any field of it, counts that are not given are 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from farthing.intake.call import WIRE_NAMES, read_object
from farthing.intake.llm_request import Sender, understand
from farthing.rules.api_key import KeyRules
from farthing.rules.events import UsageEvent
from farthing.rules.flags import Flag
from farthing.rules.instants import instant
from farthing.rules.money import COST_PICOUSD_MAX, usd_text
from farthing.rules.pricebook import CardCache
from farthing.rules.problems import FieldProblem
from farthing.rules.repricing import repriced
from farthing.rules.tokens import FlatTokens

_FIXED: Final = {
    "externalRequestId": "is what makes repeats harmless, and can't be amended",
    "createdAt": "can't be amended: void the call and send it again under another externalRequestId",
    "occurredAt": "can't be amended: void the call and send it again under another externalRequestId",
}
_OF_USAGE: Final = frozenset(
    {
        *(WIRE_NAMES[name] for name in FlatTokens.__struct_fields__),
        *("usage", "usageFormat", "tokenAccounting", "onInconsistent"),
    }
)
_REPORTED: Final = frozenset({"reportedCostUsd", "costUsd"})
AMENDABLE: Final = tuple(name for name in WIRE_NAMES.values() if name not in _FIXED)
"""The fields of an ingest call that can be amended, by their wire names."""
_CHANGED_MODES: Final = ("real", "test")
"""A plan counts both alike; what is demo was never sent."""


def amended(
    event: UsageEvent, changes: Mapping[str, Any], rules: KeyRules | None, cards: CardCache
) -> UsageEvent | list[FieldProblem]:
    """The call with `changes` (wire names; None takes a value away), or everything that is wrong with them.

    `rules` are those of the key that amends, None for people. It keeps its ids and times, and is priced at
    the time it happened.
    """
    problems = _refused(event, changes)
    if problems:
        return problems
    is_usage = not _OF_USAGE.isdisjoint(changes)
    call = read_object(_as_sent(event, changes, is_usage=is_usage))
    if isinstance(call, list):
        return call
    sender = Sender(event.workspace_id, event.api_key_id, event.owner_id, rules)
    read = understand(call, sender, event.received_at, cards)
    if isinstance(read, list):
        return read
    after = replace(read.event, external_request_id=event.external_request_id)
    kept: tuple[Flag, ...] = tuple(flag for flag in event.usage.flags if flag == "future_dated")
    if is_usage:
        return _with_flags(after, after.usage.flags + kept) if kept else after
    usage = replace(event.usage, flags=_flags_of(event, after.status))
    priced = repriced(replace(after, usage=usage, total_tokens_sent=event.total_tokens_sent), cards)
    return priced or [_too_dear(changes)]


def _refused(event: UsageEvent, changes: Mapping[str, Any]) -> list[FieldProblem]:
    problems = [FieldProblem(name, _FIXED[name]) for name in changes if name in _FIXED]
    problems += [
        FieldProblem(name[:40], f"is no field of a call; {', '.join(AMENDABLE)} can be amended")
        for name in changes
        if name not in _FIXED and name not in AMENDABLE
    ]
    mode = changes.get("dataMode", event.data_mode)
    if mode != event.data_mode and not {mode, event.data_mode} <= set(_CHANGED_MODES):
        problems.append(FieldProblem("dataMode", f"can't be amended from {event.data_mode} to {mode!r}"))
    if "environment" in changes and changes["environment"] is None:
        problems.append(FieldProblem("environment", "can't be taken away"))
    if not changes:
        problems.append(FieldProblem("changes", "names no field"))
    return problems


def _as_sent(event: UsageEvent, changes: Mapping[str, Any], *, is_usage: bool) -> dict[str, Any]:
    """A body of the ingest that means the event, with the changes; its usage stands in for one that stays."""
    reported = event.reported_cost_picousd
    is_reported = _REPORTED.isdisjoint(changes) and "usage" not in changes and reported is not None
    sent: dict[str, Any] = {
        **(event.extra or {}),
        "externalRequestId": event.external_request_id,
        "occurredAt": instant(event.occurred_at),
        "provider": event.provider,
        "model": event.model_sent,
        "requestedModel": event.model_requested,
        "endpointTag": event.endpoint_tag,
        "promptVersion": event.prompt_version,
        "featureTag": event.feature_tag,
        "userId": event.user_id,
        "tenantId": event.tenant_id,
        "dataMode": event.data_mode,
        "environment": event.environment,
        "status": event.status,
        "errorCode": event.error_code,
        "latencyMs": event.latency_ms,
        "timeToFirstTokenMs": event.time_to_first_token_ms,
        "reportedCostUsd": usd_text(reported) if is_reported and reported is not None else None,
    }
    stands_in = {} if is_usage else {"inputTokens": 0, "outputTokens": 0}
    return sent | stands_in | dict(changes)


def _flags_of(event: UsageEvent, status: str) -> tuple[Flag, ...]:
    """The flags of usage that stays, where the status may be another: only a success can miss its usage."""
    flags = tuple(flag for flag in event.usage.flags if flag != "usage_missing")
    is_missing = status == "success" and not event.usage.units
    return (*flags, "usage_missing") if is_missing else flags


def _with_flags(event: UsageEvent, flags: tuple[Flag, ...]) -> UsageEvent:
    return replace(event, usage=replace(event.usage, flags=tuple(dict.fromkeys(flags))))


def _too_dear(changes: Mapping[str, Any]) -> FieldProblem:
    most = usd_text(COST_PICOUSD_MAX)
    return FieldProblem(next(iter(changes)), f"makes the call cost more than the {most} USD that can be kept")
