"""OpenRouter: the export of its activity and logs, a row for each generation.

Its provider is OpenRouter, whoever answered: that is who is paid. Reasoning lies inside the completion and
cached tokens inside the prompt. What is paid to others with a key of your own comes on top of its own cost.
"""

from __future__ import annotations

from typing import Final

from farthing.intake.imports.cells import Row, amount, at_text, count, millis, moment, text, truth
from farthing.intake.imports.format import Defaults, Document, Format, Outcome, Told, without_none

_COLUMNS: Final = {
    "generation_id": "externalRequestId",
    "created_at": "occurredAt",
    "cost_total": "reportedCostUsd",
    "byok_usage_inference": "reportedCostUsd, added to it",
    "tokens_prompt": "inputTokens",
    "tokens_completion": "outputTokens",
    "tokens_reasoning": "reasoningTokens",
    "tokens_cached": "cachedInputTokens",
    "model_permaslug": "model",
    "variant": "model, as `:free`",
    "provider_name": "metadata.servedBy",
    "cancelled": "metadata.cancelled",
    "streamed": "streamed",
    "user": "userId",
    "finish_reason_normalized": "status",
    "generation_time_ms": "latencyMs",
    "time_to_first_token_ms": "timeToFirstTokenMs",
    "api_key_name": "tags.key",
    "app_name": "tags.app",
}
_IGNORED: Final = {
    "cost_web_search": "a part of cost_total",
    "cost_cache": "a part of cost_total",
    "cost_file_processing": "a part of cost_total",
    "finish_reason_raw": "the same as finish_reason_normalized, in a provider's words",
    "api_key_disabled": "about the key, not the call",
}
_PLAIN: Final = ("", "standard")


def read(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    parts = [each for each in (amount(row, "cost_total"), amount(row, "byok_usage_inference")) if each]
    cost = sum(parts[1:], parts[0]) if parts else amount(row, "cost_total")
    document = {
        "provider": "openrouter",
        "model": _model(row),
        "status": "error" if text(row, "finish_reason_normalized") == "error" else "success",
        "occurredAt": at_text(moment(row, "created_at")),
        "inputTokens": count(row, "tokens_prompt") or 0,
        "outputTokens": count(row, "tokens_completion") or 0,
        "reasoningTokens": count(row, "tokens_reasoning"),
        "cachedInputTokens": count(row, "tokens_cached"),
        "latencyMs": millis(row, "generation_time_ms"),
        "timeToFirstTokenMs": millis(row, "time_to_first_token_ms"),
        "streamed": truth(row, "streamed"),
        "userId": text(row, "user"),
        "tags": _some({"key": text(row, "api_key_name"), "app": text(row, "app_name")}),
        "metadata": _some(
            {"servedBy": text(row, "provider_name"), "cancelled": truth(row, "cancelled") or None}
        ),
        "reportedCostUsd": None if cost is None else str(cost),
    }
    return Told(without_none(document), text(row, "generation_id"), cost)


def _model(row: Row) -> str | None:
    model, variant = text(row, "model_permaslug"), text(row, "variant") or ""
    is_plain = model is None or variant in _PLAIN or model.endswith(f":{variant}")
    return model if is_plain else f"{model}:{variant}"


def _some(document: Document) -> Document | None:
    return without_none(document) or None


FORMAT: Final = Format(
    name="openrouter",
    title="OpenRouter activity, by generation",
    seen=(
        "the header of an export of September 2026, told in a public repository, and code that reads such "
        "files; OpenRouter's own pages name no columns, nor whether tokens are counted by the model's own "
        "tokenizer"
    ),
    identity="`generation_id`, which OpenRouter gives the answer, too",
    marks=(frozenset({"generation_id", "created_at", "tokens_prompt", "tokens_completion"}),),
    columns=_COLUMNS,
    ignored=_IGNORED,
    read=read,
)
