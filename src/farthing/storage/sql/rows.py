"""An event as a row of `usage_event`, and back.

The order of values here is the order of the columns there.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final, cast

import msgspec

from farthing.rules.events import DATA_MODES, ENVIRONMENTS, PRICING_STATUSES, STATUSES, UsageEvent
from farthing.rules.flags import Flag
from farthing.rules.latency import latency_bin
from farthing.rules.ratecard import RateCard
from farthing.rules.usage import UNITS, TokenUsage
from farthing.storage.contract import StoredEvent
from farthing.storage.sql import codes
from farthing.storage.sql.names import Refs, Texts
from farthing.storage.sql.schema import NAME_REFS, usage_event

COLUMNS: Final = tuple(column.name for column in usage_event.columns)
_PLACE: Final = {column: place for place, column in enumerate(COLUMNS)}
_NEVER_MISSING: Final = frozenset({"provider", "model", "model_sent"})
_ENCODER: Final = msgspec.json.Encoder()
_named: Final = attrgetter(*NAME_REFS)
_NONE: Final = (0,) * len(UNITS)


def texts_of(event: UsageEvent) -> Texts:
    """The event's names, one for each of codes.NAME_KINDS."""
    usage = event.usage
    return (*_named(event), ",".join(usage.flags) if usage.flags else None, usage.rule)


def row_of(
    event: UsageEvent, request_id: int, external_hash: int, refs: Refs, rate_card_id: int
) -> tuple[Any, ...]:
    """The event as values in the order of COLUMNS; `refs` are those of `texts_of`."""
    usage = event.usage
    latency_ms = event.latency_ms
    return (
        request_id,
        event.workspace_id,
        event.occurred_at,
        event.received_at,
        external_hash,
        event.external_request_id,
        event.api_key_id,
        event.owner_id,
        codes.DATA_MODE[event.data_mode],
        codes.ENVIRONMENT[event.environment],
        codes.STATUS[event.status],
        *refs[:-2],
        latency_ms,
        None if latency_ms is None else latency_bin(latency_ms),
        event.time_to_first_token_ms,
        *map(usage.units.get, UNITS, _NONE),
        event.total_tokens_sent,
        codes.ACCOUNTING[usage.accounting],
        *refs[-1:-3:-1],  # the rule stands before the flags
        rate_card_id,
        event.cost_picousd,
        codes.PRICING_STATUS[event.pricing_status],
        event.unpriced_tokens,
        event.reported_cost_picousd,
        None if event.extra is None else _ENCODER.encode(event.extra).decode(),
    )


def refs_of(row: tuple[Any, ...]) -> list[int]:
    """Every reference into the dictionary that a row holds."""
    return [row[_PLACE[column]] for column in (*NAME_REFS.values(), "accounting_rule_ref", "flags_ref")]


def event_of(row: tuple[Any, ...], texts: Mapping[int, str], cards: Mapping[int, RateCard]) -> StoredEvent:
    """A row as the event that was stored."""
    at = dict(zip(COLUMNS, row, strict=True))
    named: dict[str, Any] = {name: _name(name, at[column], texts) for name, column in NAME_REFS.items()}
    return StoredEvent(
        at["request_id"],
        UsageEvent(
            workspace_id=at["workspace_id"],
            api_key_id=at["api_key_id"],
            owner_id=at["owner_id"],
            external_request_id=at["external_request_id"],
            occurred_at=at["occurred_at"],
            received_at=at["received_at"],
            data_mode=DATA_MODES[at["data_mode"]],
            environment=ENVIRONMENTS[at["environment"]],
            status=STATUSES[at["status"]],
            latency_ms=at["latency_ms"],
            time_to_first_token_ms=at["time_to_first_token_ms"],
            usage=_usage(at, texts),
            total_tokens_sent=at["total_tokens_sent"],
            rate_card=cards[at["rate_card_id"]],
            cost_picousd=at["cost_picousd"],
            pricing_status=PRICING_STATUSES[at["pricing_status"]],
            unpriced_tokens=at["unpriced_tokens"],
            reported_cost_picousd=at["reported_cost_picousd"],
            extra=None if at["extra"] is None else msgspec.json.decode(at["extra"]),
            **named,
        ),
    )


def _name(name: str, ref: int, texts: Mapping[int, str]) -> str | None:
    return texts[ref] if ref or name in _NEVER_MISSING else None


def _usage(at: Mapping[str, Any], texts: Mapping[int, str]) -> TokenUsage:
    return TokenUsage(
        units={unit: at[unit] for unit in UNITS if at[unit]},
        accounting=codes.ACCOUNTINGS[at["accounting"]],
        rule=texts[at["accounting_rule_ref"]],
        flags=cast("tuple[Flag, ...]", tuple(texts[at["flags_ref"]].split(","))) if at["flags_ref"] else (),
    )
