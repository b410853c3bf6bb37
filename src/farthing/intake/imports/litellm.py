"""LiteLLM's `LiteLLM_SpendLogs`: the table of its proxy, by COPY or `/spend/logs`.

LiteLLM spells the usage of every provider as OpenAI does, and keeps it in the metadata; older rows have their
two totals only. Its request id is the one that the provider gave the answer, so that a call which a tracer or
the SDK has told of is found again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from farthing.intake.imports.cells import Row, amount, at_text, count, inner, listed, millis, moment, text
from farthing.intake.imports.format import Defaults, Document, Format, Outcome, Summed, Told, without_none
from farthing.intake.imports.providers import provider_named

_COLUMNS: Final = {
    "request_id": "externalRequestId; of a failed call without an answer, with `:error`",
    "litellm_call_id": "part of that",
    "call_type": "metadata.callType",
    "spend": "reportedCostUsd",
    "prompt_tokens": "inputTokens, where the metadata has no usage",
    "completion_tokens": "outputTokens, likewise",
    "total_tokens": "totalTokens, likewise",
    "startTime": "start of latencyMs",
    "endTime": "occurredAt",
    "request_duration_ms": "latencyMs",
    "completionStartTime": "timeToFirstTokenMs",
    "model": "model",
    "model_group": "requestedModel",
    "custom_llm_provider": "provider",
    "end_user": "userId",
    "user": "userId, where end_user is empty",
    "team_id": "tags.team",
    "organization_id": "tags.organization",
    "session_id": "sessionId",
    "request_tags": "metadata.requestTags",
    "status": "status",
    "cache_hit": "status cache_hit",
    "metadata": "usage (usage_object), tags.key (user_api_key_alias), errorCode (error_information)",
}
_IGNORED: Final = {
    "api_key": "a digest of the proxy's key",
    "model_id": "the proxy's own number of a deployment",
    "api_base": "an address within your network, perhaps",
    "cache_key": "a digest of the prompt",
    "requester_ip_address": "personal data that no cost needs",
    "messages": "prompts are never kept",
    "response": "answers are never kept",
    "proxy_server_request": "holds prompts",
    "mcp_namespaced_tool_name": "a tool, not a call of a model",
    "agent_id": "the proxy's own number",
    "billing_agent_id": "the proxy's own number",
    "created_at": "when the row was written",
    "updated_at": "when the row was written",
}


def read(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    metadata = inner(row, "metadata")
    many = _requests_of_batch(metadata)
    cost = amount(row, "spend")
    if many > 1:
        counts = (count(row, "prompt_tokens") or 0, count(row, "completion_tokens") or 0)
        return Summed(text(row, "model") or "unknown", many, *counts, cost)
    status = _status(row)
    start, end = moment(row, "startTime"), moment(row, "endTime")
    provider, model = provider_named(text(row, "custom_llm_provider")), text(row, "model")
    document = {
        "provider": provider,
        "model": _plain(model, text(row, "custom_llm_provider")),
        "requestedModel": text(row, "model_group"),
        "status": status,
        "errorCode": text(inner(metadata, "error_information"), "error_code") if status == "error" else None,
        "occurredAt": at_text(end if end is not None else start),
        "latencyMs": _latency(row, start, end),
        "timeToFirstTokenMs": _first_token(start, moment(row, "completionStartTime"), end),
        "userId": text(row, "end_user", "user"),
        "sessionId": text(row, "session_id"),
        "tags": _tags(row, metadata),
        "metadata": _kept(row),
        "reportedCostUsd": None if cost is None else str(cost),
        **_usage(row, metadata, status),
    }
    return Told(without_none(document), _identity(row, status), cost)


def _status(row: Row) -> str:
    if (text(row, "cache_hit") or "").lower() == "true":
        return "cache_hit"
    return "error" if text(row, "status") == "failure" else "success"


def _identity(row: Row, status: str) -> str | None:
    """As the SDK's callback names a failed call: a retry that succeeds may have the same number."""
    given, call_id = text(row, "request_id"), text(row, "litellm_call_id")
    return f"{given}:error" if given is not None and status == "error" and given == call_id else given


def _plain(model: str | None, provider: str | None) -> str | None:
    """The model without its provider in front."""
    return model if model is None or provider is None else model.removeprefix(f"{provider}/")


def _latency(row: Row, start: int | None, end: int | None) -> int | None:
    told = millis(row, "request_duration_ms")
    if told is not None or start is None or end is None:
        return told
    return max(end - start, 0)


def _first_token(start: int | None, first: int | None, end: int | None) -> int | None:
    """Of what was not streamed, the answer's end stands there."""
    if start is None or first is None or first == end:
        return None
    return max(first - start, 0)


def _usage(row: Row, metadata: Row, status: str) -> Document:
    usage = inner(metadata, "usage_object")
    if not usage or status == "error":
        found = {
            "inputTokens": count(row, "prompt_tokens") or 0,
            "outputTokens": count(row, "completion_tokens") or 0,
            "totalTokens": count(row, "total_tokens"),
        }
        cached = inner(metadata, "additional_usage_values")
        if status != "error" and cached:
            found["cachedInputTokens"] = count(cached, "cache_read_input_tokens")
            found["cacheWriteTokens"] = count(cached, "cache_creation_input_tokens")
        return found
    searches = count(inner(usage, "server_tool_use"), "web_search_requests")
    lifetimes = inner(inner(usage, "prompt_tokens_details"), "cache_creation_token_details")
    if not lifetimes:
        return {"usage": usage, "usageFormat": "openai_chat", "webSearches": searches}
    return {"usage": _as_anthropic(usage, lifetimes), "usageFormat": "anthropic_messages"}


def _as_anthropic(usage: Row, lifetimes: Row) -> Document:
    """Where it says how long cache writes live, which OpenAI's words have no place for."""
    read_count = count(usage, "cache_read_input_tokens") or 0
    written = count(usage, "cache_creation_input_tokens") or 0
    told = {
        "input_tokens": (count(usage, "prompt_tokens") or 0) - read_count - written,
        "output_tokens": count(usage, "completion_tokens") or 0,
        "cache_read_input_tokens": read_count,
        "cache_creation_input_tokens": written,
        "cache_creation": {name: number for name, number in lifetimes.items() if number},
        "server_tool_use": usage.get("server_tool_use"),
        "service_tier": usage.get("service_tier"),
    }
    return without_none(told)


def _requests_of_batch(metadata: Row) -> int:
    """How many requests a row pays for: that of a batch, once it is over, pays for all."""
    names = ("batch_successful_requests", "batch_failed_requests")
    return sum(count(metadata, name) or 0 for name in names)


def _tags(row: Row, metadata: Row) -> Mapping[str, str] | None:
    tags = {
        "key": text(metadata, "user_api_key_alias"),
        "team": text(metadata, "user_api_key_team_alias") or text(row, "team_id"),
        "organization": text(row, "organization_id"),
    }
    return without_none(tags) or None


def _kept(row: Row) -> Document | None:
    tags = [each for each in listed(row, "request_tags") if isinstance(each, str)]
    kept: Document = {"callType": text(row, "call_type"), "requestTags": ", ".join(tags) or None}
    return without_none(kept) or None


_SEEN: Final = (
    "schema and code of LiteLLM 1.110.2 (`proxy/schema.prisma`, `spend_tracking_utils.py`), read; no file of "
    "a running proxy was seen"
)

FORMAT: Final = Format(
    name="litellm",
    title="LiteLLM spend logs",
    seen=_SEEN,
    identity="`request_id`, which is the provider's id of the answer",
    marks=(frozenset({"request_id", "call_type", "spend", "prompt_tokens", "startTime"}),),
    columns=_COLUMNS,
    ignored=_IGNORED,
    read=read,
)
