"""Helicone's requests, by its export tool or its API (`/v1/request/query-clickhouse`).

Helicone counts cached tokens apart from the prompt, and, by its newer code, reasoning apart from the
completion. Rows that older versions wrote for OpenAI hold cached tokens inside the prompt: nothing in them
says so, so whoever has those says `--token-accounting inclusive`.
"""

from __future__ import annotations

from typing import Final

from farthing.intake.imports.cells import Row, amount, at_text, count, inner, millis, moment, text, truth
from farthing.intake.imports.format import Defaults, Document, Format, Outcome, Skipped, Told, without_none
from farthing.intake.imports.providers import maker_of, provider_named
from farthing.rules.events import is_unique

_COLUMNS: Final = {
    "response_id": "externalRequestId",
    "request_id": "externalRequestId, where response_id is empty",
    "response_created_at": "occurredAt",
    "request_created_at": "occurredAt, where response_created_at is empty",
    "response_status": "status, errorCode",
    "response_model": "model",
    "model": "model, where response_model is empty",
    "request_model": "requestedModel",
    "model_override": "model, above all",
    "provider": "provider",
    "prompt_tokens": "inputTokens, without what was cached",
    "completion_tokens": "outputTokens",
    "reasoning_tokens": "reasoningTokens, added to outputTokens",
    "prompt_cache_read_tokens": "cachedInputTokens",
    "prompt_cache_write_tokens": "cacheWriteTokens",
    "prompt_audio_tokens": "audioInputTokens",
    "completion_audio_tokens": "audioOutputTokens",
    "delay_ms": "latencyMs",
    "latency": "latencyMs",
    "time_to_first_token": "timeToFirstTokenMs",
    "cost": "reportedCostUsd",
    "costUSD": "reportedCostUsd, before cost",
    "request_user_id": "userId",
    "helicone_user": "userId, where request_user_id is empty",
    "properties": "tags, up to 16 texts; Helicone-Session-Id is sessionId",
    "request_properties": "the same",
    "prompt_id": "promptVersion",
    "prompt_version": "part of promptVersion",
    "cache_reference_id": "status cache_hit",
    "response_body": "metadata.providerRequestId: its id, and nothing else of it",
}
_IGNORED: Final = {
    "total_tokens": "follows from the other counts",
    "request_body": "prompts are never kept",
    "signed_body_url": "an address of prompts",
    "llmSchema": "holds prompts",
    "request_path": "an address",
    "target_url": "an address",
    "request_referrer": "an address",
    "country_code": "about the caller, not the call",
    "cache_enabled": "whether it might have been answered from the cache",
    "storage_location": "where Helicone keeps bodies",
    "size_bytes": "of the bodies",
    "updated_at": "when the row was written",
    "node_id": "Helicone's own number",
    "key_name": "Helicone's own key",
    "assets": "files of prompts",
    "asset_ids": "files of prompts",
    "asset_urls": "files of prompts",
    "scores": "about the answer, not its cost",
    "feedback_id": "about the answer, not its cost",
    "feedback_rating": "about the answer, not its cost",
    "feedback_created_at": "about the answer, not its cost",
    "ai_gateway_body_mapping": "how Helicone reads a body",
}
_SESSION: Final = "Helicone-Session-Id"
_PENDING: Final = "-2"
_NO_REFERENCE: Final = "00000000-0000-0000-0000-000000000000"
_FAILED: Final = 400
_TAGS_MAX: Final = 16
_TAG_CHARS_MAX: Final = 200


def read(row: Row, defaults: Defaults) -> Outcome:
    code = text(row, "response_status")
    if code == _PENDING:
        return Skipped("a request that was not answered yet")
    status = _status(row)
    model = text(row, "model_override", "response_model", "model")
    provider = provider_named(text(row, "provider"))
    is_told = provider not in (None, "custom")
    inferred = None if is_told or model is None or defaults.provider else maker_of(model)
    properties = inner(row, "properties", "request_properties")
    cost = amount(row, "costUSD", "cost")
    document: Document = {
        "provider": provider if is_told else inferred or (None if defaults.provider else "unknown"),
        "model": model,
        "requestedModel": text(row, "request_model"),
        "status": status,
        "errorCode": code if status == "error" else None,
        "occurredAt": at_text(moment(row, "response_created_at", "request_created_at")),
        "latencyMs": millis(row, "delay_ms", "latency"),
        "timeToFirstTokenMs": millis(row, "time_to_first_token"),
        "userId": text(row, "request_user_id", "helicone_user"),
        "sessionId": text(properties, _SESSION),
        "promptVersion": _prompt(row),
        "tags": _tags(properties),
        "metadata": _kept(row),
        "reportedCostUsd": None if cost is None else str(cost),
        **_usage(row, defaults),
    }
    notes: tuple[str, ...] = ("the provider is taken from the model's name",) if inferred else ()
    if len(properties) > len(document["tags"] or ()) + (_SESSION in properties):
        notes += ("more or longer properties than tags can be: the others are left out",)
    return Told(without_none(document), text(row, "response_id", "request_id"), cost, notes)


def _status(row: Row) -> str:
    reference = text(row, "cache_reference_id")
    if reference not in (None, _NO_REFERENCE) or truth(row, "cached") is True:
        return "cache_hit"
    code = count(row, "response_status")
    return "success" if code is None or 0 < code < _FAILED else "error"


def _usage(row: Row, defaults: Defaults) -> Document:
    thought = count(row, "reasoning_tokens") or 0
    return {
        "inputTokens": count(row, "prompt_tokens") or 0,
        "outputTokens": (count(row, "completion_tokens") or 0) + thought,
        "reasoningTokens": thought or None,
        "cachedInputTokens": count(row, "prompt_cache_read_tokens"),
        "cacheWriteTokens": count(row, "prompt_cache_write_tokens"),
        "audioInputTokens": count(row, "prompt_audio_tokens"),
        "audioOutputTokens": count(row, "completion_audio_tokens"),
        "tokenAccounting": defaults.accounting or "exclusive",
    }


def _prompt(row: Row) -> str | None:
    prompt, version = text(row, "prompt_id"), text(row, "prompt_version")
    return f"{prompt}:{version}" if prompt and version else prompt


def _tags(properties: Row) -> Document | None:
    tags = {
        name: str(value)
        for name, value in properties.items()
        if name != _SESSION and len(name) <= _TAG_CHARS_MAX and 0 < len(str(value)) <= _TAG_CHARS_MAX
    }
    return dict(list(tags.items())[:_TAGS_MAX]) or None


def _kept(row: Row) -> Document | None:
    given = inner(row, "response_body").get("id")
    return {"providerRequestId": given} if isinstance(given, str) and is_unique(given) else None


FORMAT: Final = Format(
    name="helicone",
    title="Helicone requests",
    seen=(
        "Helicone's code in its public repository: the export tool, the type of a request, and how usage "
        "becomes columns; no file was seen"
    ),
    identity="`response_id`, else `request_id`; the provider's id from the body, where bodies were exported",
    marks=(
        frozenset({"response_id", "response_status", "request_created_at"}),
        frozenset({"request_id", "response_status", "request_created_at"}),
    ),
    columns=_COLUMNS,
    ignored=_IGNORED,
    read=read,
)
