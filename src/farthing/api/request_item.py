"""One stored event on the wire: every field, how its usage was read, what it cost and why."""

from __future__ import annotations

from typing import Any

from farthing.api.ingest_answer import PricingAnswer, UsageAnswer, cost_of
from farthing.rules.correction import StoredCall
from farthing.rules.events import UsageEvent
from farthing.rules.ids import key_id_text, request_id_text
from farthing.rules.instants import instant
from farthing.rules.money import usd_number, usd_text
from farthing.rules.pricing import Cost, receipt
from farthing.storage.contract import StoredEvent


def request_item(stored: StoredEvent) -> dict[str, Any]:
    """Every stored field. What was not sent is null; free fields stand under `extra` as they were sent."""
    event = stored.event
    return {
        "requestId": request_id_text(stored.request_id),
        "externalRequestId": event.external_request_id,
        "occurredAt": instant(event.occurred_at),
        "receivedAt": instant(event.received_at),
        "dataMode": event.data_mode,
        "environment": event.environment,
        "status": event.status,
        "errorCode": event.error_code,
        "provider": event.provider,
        "model": event.model,
        "modelSent": event.model_sent,
        "requestedModel": event.model_requested,
        "endpointTag": event.endpoint_tag,
        "promptVersion": event.prompt_version,
        "featureTag": event.feature_tag,
        "userId": event.user_id,
        "tenantId": event.tenant_id,
        "apiKeyId": key_id_text(event.api_key_id) if event.api_key_id else None,
        **_tokens(event),
        "latencyMs": event.latency_ms,
        "timeToFirstTokenMs": event.time_to_first_token_ms,
        **_costs(event),
        "extra": event.extra or {},
    }


def call_item(call: StoredCall) -> dict[str, Any]:
    """The same, with its version, when that began (null for the first), and whether it is voided."""
    return {
        **request_item(StoredEvent(call.request_id, call.event)),
        "version": call.version,
        "amendedAt": None if call.corrected_at is None else instant(call.corrected_at),
        "state": "voided" if call.is_voided else "stored",
    }


def receipt_answer(stored: StoredEvent) -> dict[str, Any]:
    """The receipt: count times rate for each line, where each rate is from, what has none and why."""
    event = stored.event
    cost = cost_of(event)
    return {
        "requestId": request_id_text(stored.request_id),
        "externalRequestId": event.external_request_id,
        "occurredAt": instant(event.occurred_at),
        "status": event.status,
        "pricingStatus": event.pricing_status,
        **receipt(cost),
        "conditions": event.rate_card.conditions,
        "pricing": _pricing(event, cost),
        "usage": _usage(event),
    }


def _tokens(event: UsageEvent) -> dict[str, Any]:
    incoming, outgoing = event.usage.input_tokens, event.usage.output_tokens
    return {
        "inputTokens": incoming,
        "outputTokens": outgoing,
        "totalTokens": incoming + outgoing,
        "totalTokensSent": event.total_tokens_sent,
        "usage": _usage(event),
    }


def _costs(event: UsageEvent) -> dict[str, Any]:
    known, reported = event.cost_picousd, event.reported_cost_picousd
    return {
        "costUsd": None if known is None else usd_number(known),
        "pricingStatus": event.pricing_status,
        "pricing": _pricing(event, cost_of(event)),
        "unpricedTokens": event.unpriced_tokens,
        "reportedCostUsd": None if reported is None else usd_number(reported),
    }


def _pricing(event: UsageEvent, cost: Cost) -> PricingAnswer:
    amount = None if event.cost_picousd is None else usd_text(event.cost_picousd)
    card = event.rate_card
    return PricingAnswer(amount, "USD", event.model, card.matched_by, card.price_book_version, cost.unpriced)


def _usage(event: UsageEvent) -> UsageAnswer:
    usage = event.usage
    return UsageAnswer(usage.units, usage.accounting, usage.rule, usage.flags)
