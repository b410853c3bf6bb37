"""`record`: a call that no wrapper has seen, told by hand."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from farthing_sdk.active import reporter
from farthing_sdk.context import current_fields, merged
from farthing_sdk.event import Event, instant
from farthing_sdk.fields import Fields, on_the_wire, short
from farthing_sdk.notes import note_failure

if TYPE_CHECKING:
    from datetime import datetime

    from typing_extensions import Unpack


class Said(Fields, total=False):
    """What may be said of a call by hand, beside the fields of a context."""

    usage_format: str | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    cached_input_tokens: int | None
    cache_write_tokens: int | None
    cache_write_1h_tokens: int | None
    reasoning_tokens: int | None
    audio_input_tokens: int | None
    audio_output_tokens: int | None
    image_input_tokens: int | None
    image_output_tokens: int | None
    web_searches: int | None
    token_accounting: str | None
    latency_ms: int | None
    time_to_first_token_ms: int | None
    status: str
    error_code: str | None
    requested_model: str | None
    service_tier: str | None
    streamed: bool | None
    is_batch: bool | None
    reported_cost_usd: str | None
    operation: str | None
    response_id: str | None


_NAMES = {
    "usage_format": "usageFormat",
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "total_tokens": "totalTokens",
    "cached_input_tokens": "cachedInputTokens",
    "cache_write_tokens": "cacheWriteTokens",
    "cache_write_1h_tokens": "cacheWrite1hTokens",
    "reasoning_tokens": "reasoningTokens",
    "audio_input_tokens": "audioInputTokens",
    "audio_output_tokens": "audioOutputTokens",
    "image_input_tokens": "imageInputTokens",
    "image_output_tokens": "imageOutputTokens",
    "web_searches": "webSearches",
    "token_accounting": "tokenAccounting",
    "latency_ms": "latencyMs",
    "time_to_first_token_ms": "timeToFirstTokenMs",
    "status": "status",
    "error_code": "errorCode",
    "requested_model": "requestedModel",
    "service_tier": "serviceTier",
    "streamed": "streamed",
    "is_batch": "isBatch",
    "reported_cost_usd": "reportedCostUsd",
}


def record(
    provider: str,
    model: str,
    *,
    usage: Any = None,
    external_request_id: str | None = None,
    occurred_at: datetime | float | None = None,
    **said: Unpack[Said],
) -> bool:
    """Report one finished call; whether it was taken, which is False when nothing is reported or all is full.

    `usage` is the usage object that the provider answered with, as it is; without it, give the counts. With
    an `external_request_id` of your own a call that is recorded twice is counted once. `occurred_at` is a
    datetime with a zone, or seconds since 1970; `status` is `success` unless said otherwise.
    """
    try:
        if not reporter().is_on:
            return False
        told: dict[str, Any] = dict(said)
        operation, response_id = told.pop("operation", None), told.pop("response_id", None)
        known = {_NAMES[name]: told.pop(name) for name in list(told) if name in _NAMES}
        sent = merged(current_fields(), on_the_wire(told))
        sent.update({name: value for name, value in known.items() if value is not None})
        sent.setdefault("status", "success")
        sent.update(provider=short(provider), model=short(model))
        sent["externalRequestId"] = short(external_request_id or uuid4().hex)
        if sent.get("requestedModel") == sent["model"]:
            del sent["requestedModel"]
        if occurred_at is not None:
            seconds = occurred_at if isinstance(occurred_at, (int, float)) else occurred_at.timestamp()
            sent["occurredAt"] = instant(seconds)
        return reporter().report(Event(sent, usage, operation, response_id, time.time()))
    except Exception as error:  # noqa: BLE001 - it is the application's call that matters
        note_failure("record", error)
        return False
