"""OpenRouter's activity by day: sums of calls by model and endpoint (`/api/v1/activity`)."""

from __future__ import annotations

from typing import Final

from farthing.intake.imports.cells import Row, amount, at_text, count, moment, text
from farthing.intake.imports.format import Defaults, Format, Outcome, Skipped, Summed, Told, without_none
from farthing.intake.imports.sums import EMPTY, identity_of, no_negative

_COLUMNS: Final = {
    "date": "occurredAt, metadata.bucketStart",
    "model_permaslug": "model",
    "model": "model, without model_permaslug",
    "endpoint_id": "part of externalRequestId",
    "provider_name": "metadata.servedBy",
    "usage": "reportedCostUsd",
    "byok_usage_inference": "reportedCostUsd, added to it",
    "requests": "whether it is one call",
    "prompt_tokens": "inputTokens",
    "completion_tokens": "outputTokens",
    "reasoning_tokens": "reasoningTokens",
}
_IGNORED: Final = {"byok_requests": "how many of the requests were paid to others"}


def read(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    model = text(row, "model_permaslug", "model")
    requests = no_negative("requests", count(row, "requests") or 0)
    tokens = count(row, "prompt_tokens") or 0, count(row, "completion_tokens") or 0
    charged, elsewhere = amount(row, "usage"), amount(row, "byok_usage_inference")
    cost = charged if not elsewhere else (charged or 0) + elsewhere
    if requests != 1:
        is_empty = not requests and not sum(tokens) and not cost
        return Skipped(EMPTY) if is_empty else Summed(model or "unknown", requests, *tokens, cost)
    at = moment(row, "date")
    document = {
        "provider": "openrouter",
        "model": model,
        "status": "success",
        "occurredAt": at_text(at),
        "inputTokens": tokens[0],
        "outputTokens": tokens[1],
        "reasoningTokens": count(row, "reasoning_tokens"),
        "metadata": without_none({"bucketStart": at_text(at), "servedBy": text(row, "provider_name")}),
        "reportedCostUsd": None if cost is None else str(cost),
    }
    identity = identity_of("openrouter", at, model, text(row, "endpoint_id"))
    return Told(without_none(document), identity, cost)


FORMAT: Final = Format(
    name="openrouter-days",
    title="OpenRouter activity, by day",
    seen="the API's published description of `/api/v1/activity` and its SDK's `ActivityItem`",
    identity="a digest of day, model and endpoint",
    marks=(
        frozenset({"date", "model_permaslug", "requests", "prompt_tokens"}),
        frozenset({"date", "model", "endpoint_id", "requests", "prompt_tokens"}),
    ),
    columns=_COLUMNS,
    ignored=_IGNORED,
    read=read,
    is_summed=True,
)
