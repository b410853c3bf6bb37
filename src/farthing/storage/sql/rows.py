"""An event as a row of `usage_event`, and back.

The order of values here is the order of the columns there.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter, itemgetter
from typing import Any, Final, cast

import msgspec

from farthing.reports.dimensions import UNKNOWN
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
_NAMES, _LATENCY, _UNITS = (COLUMNS.index(name) for name in ("provider_ref", "latency_ms", UNITS[0]))
_AFTER_UNITS: Final = _UNITS + len(UNITS)
_NEVER_MISSING: Final = 3
"""Provider, model and model sent lead the names; a call has all three, if only as "unknown"."""
_refs_of: Final = itemgetter(
    *(COLUMNS.index(name) for name in (*NAME_REFS.values(), "accounting_rule_ref", "flags_ref"))
)
_ENCODER: Final = msgspec.json.Encoder()
_named: Final = attrgetter(*NAME_REFS)
_UNIT_PLACE: Final = {unit: place for place, unit in enumerate(UNITS)}

Row = list[Any]
"""The values of an event in the order of COLUMNS."""


def texts_of(event: UsageEvent) -> Texts:
    """The event's names, one for each of codes.NAME_KINDS."""
    usage = event.usage
    names: Texts = _named(event)
    how_read: Texts = (",".join(usage.flags) if usage.flags else None, usage.rule)
    return names + how_read  # a sum: unpacking takes a list between, for twice the time


def row_of(event: UsageEvent, request_id: int, external_hash: int, refs: Refs, rate_card_id: int) -> Row:
    """The event as a row; `refs` are those of `texts_of`."""
    usage = event.usage
    counts = [0] * len(UNITS)
    for unit, count in usage.units.items():
        counts[_UNIT_PLACE[unit]] = count
    latency_ms = event.latency_ms
    return [
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
        *counts,
        event.total_tokens_sent,
        codes.ACCOUNTING[usage.accounting],
        *refs[-1:-3:-1],  # the rule stands before the flags
        rate_card_id,
        event.cost_picousd,
        codes.PRICING_STATUS[event.pricing_status],
        event.unpriced_tokens,
        event.reported_cost_picousd,
        None if event.extra is None else _ENCODER.encode(event.extra).decode(),
        int(event.is_retry),
    ]


def refs_of(row: tuple[Any, ...]) -> tuple[int, ...]:
    """Every reference into the dictionary that a row holds."""
    refs: tuple[int, ...] = _refs_of(row)
    return refs


def event_of(row: tuple[Any, ...], texts: Mapping[int, str], cards: Mapping[int, RateCard]) -> StoredEvent:
    """A row as the event that was stored."""
    request_id, workspace_id, occurred_at, received_at, _, external_request_id, api_key_id, owner_id = row[:8]
    data_mode, environment, status = row[8:_NAMES]
    names = [texts[ref] if ref else None for ref in row[_NAMES:_LATENCY]]
    provider, model, model_sent = (name or UNKNOWN for name in names[:_NEVER_MISSING])
    latency_ms, _, time_to_first_token_ms = row[_LATENCY:_UNITS]
    total_sent, accounting, rule_ref, flags_ref, card_id, cost, *others = row[_AFTER_UNITS:]
    pricing_status, unpriced_tokens, reported_cost, extra, _ = others
    counts = zip(UNITS, row[_UNITS:_AFTER_UNITS], strict=True)
    usage = TokenUsage(
        {unit: count for unit, count in counts if count},
        codes.ACCOUNTINGS[accounting],
        texts[rule_ref],
        cast("tuple[Flag, ...]", tuple(texts[flags_ref].split(","))) if flags_ref else (),
    )
    return StoredEvent(
        request_id,
        UsageEvent(
            workspace_id=workspace_id,
            api_key_id=api_key_id,
            owner_id=owner_id,
            external_request_id=external_request_id,
            occurred_at=occurred_at,
            received_at=received_at,
            data_mode=DATA_MODES[data_mode],
            environment=ENVIRONMENTS[environment],
            status=STATUSES[status],
            provider=provider,
            model=model,
            model_sent=model_sent,
            model_requested=names[3],
            endpoint_tag=names[4],
            prompt_version=names[5],
            feature_tag=names[6],
            user_id=names[7],
            tenant_id=names[8],
            error_code=names[9],
            latency_ms=latency_ms,
            time_to_first_token_ms=time_to_first_token_ms,
            usage=usage,
            total_tokens_sent=total_sent,
            rate_card=cards[card_id],
            cost_picousd=cost,
            pricing_status=PRICING_STATUSES[pricing_status],
            unpriced_tokens=unpriced_tokens,
            reported_cost_picousd=reported_cost,
            extra=None if extra is None else msgspec.json.decode(extra),
        ),
    )
