"""Langfuse's observations: its export to a bucket, old or enriched, and its API's answers.

Generations and embeddings are calls; other observations are steps around them. Langfuse keeps usage as
counts by kind that don't overlap (it takes cached and reasoning tokens out of input and output), but keeps
what a sender counted otherwise as it came: the total says which it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from farthing.intake.environments import environment_of
from farthing.intake.imports.cells import CellError, Row, amount, at_text, count, inner, listed, moment, text
from farthing.intake.imports.format import Defaults, Document, Format, Outcome, Skipped, Told, without_none
from farthing.intake.imports.providers import maker_of, provider_named
from farthing.rules.events import is_unique

_COLUMNS: Final = {
    "id": "externalRequestId",
    "trace_id": "traceId; before the id where that is short, as spans are named that come over OTLP",
    "type": "whether it is a call: GENERATION and EMBEDDING are",
    "start_time": "start of latencyMs",
    "end_time": "occurredAt",
    "completion_start_time": "timeToFirstTokenMs",
    "provided_model_name": "model",
    "model": "model, as the API spells it",
    "usage_details": "token counts",
    "usage": "token counts of older versions",
    "total_cost": "reportedCostUsd",
    "calculated_total_cost": "reportedCostUsd, likewise",
    "environment": "environment, in the words that are usual for prod, staging and dev",
    "level": "status: ERROR is error",
    "name": "endpointTag, where trace_name is empty",
    "trace_name": "endpointTag",
    "prompt_name": "promptVersion",
    "prompt_version": "promptVersion, after prompt_name",
    "user_id": "userId",
    "session_id": "sessionId",
    "tags": "metadata.tags",
    "release": "metadata.release",
    "metadata": "provider and metadata.providerRequestId, by attributes of OpenTelemetry; nothing else of it",
}
_IGNORED: Final = {
    "input": "prompts are never kept",
    "output": "answers are never kept",
    "status_message": "free text, which may hold prompts",
    "model_parameters": "how the model was asked, which no cost needs",
    "tool_calls": "what a model wrote",
    "tool_call_names": "what a model wrote",
    "tool_definitions": "a part of prompts",
    "latency": "worked out from the times, as older exports have it in other units",
    "time_to_first_token": "worked out from the times, likewise",
    "cost_details": "parts of total_cost",
    "input_price": "prices come from the price book",
    "output_price": "prices come from the price book",
    "total_price": "prices come from the price book",
    "input_cost": "a part of total_cost",
    "output_cost": "a part of total_cost",
    "calculated_input_cost": "a part of total_cost",
    "calculated_output_cost": "a part of total_cost",
    "model_id": "Langfuse's own number",
    "internal_model_id": "Langfuse's own number",
    "usage_pricing_tier_id": "Langfuse's own number",
    "usage_pricing_tier_name": "of Langfuse's own prices",
    "project_id": "Langfuse's own number",
    "prompt_id": "Langfuse's own number",
    "parent_observation_id": "the step around it",
    "version": "of the application",
    "created_at": "when the row was written",
    "updated_at": "when the row was written",
    "bookmarked": "about the page",
    "public": "about the page",
    "usage_details_total": "a part of usage_details",
    "unit": "older versions counted in tokens, or are refused",
    "prompt_tokens": "the API's repetition of usage",
    "completion_tokens": "the API's repetition of usage",
    "total_tokens": "the API's repetition of usage",
}
_CALLS: Final = ("GENERATION", "EMBEDDING")
_READS: Final = frozenset(
    {
        *("input_cached_tokens", "input_cached", "input_cache_read", "input_cache_read_tokens"),
        *("cache_read_input_tokens", "cached_tokens", "cached_content_token_count"),
        "input_cached_content_token_count",
    }
)
_WRITES_1H: Final = frozenset({"input_cache_creation_1h", "ephemeral_1h_input_tokens"})
_WRITES: Final = frozenset(
    {
        *("cache_creation_input_tokens", "cache_write_input_tokens", "input_cache_creation"),
        *("input_cache_creation_5m", "ephemeral_5m_input_tokens", "input_cache_write"),
        *("input_cache_write_tokens", "input_cache_creation_tokens"),
    }
)
_THOUGHTS: Final = frozenset(
    {
        *("output_reasoning_tokens", "output_reasoning", "reasoning", "reasoning_tokens"),
        *("thoughts_token_count", "output_thoughts_token_count"),
    }
)
_PARTS: Final = {
    "cachedInputTokens": _READS,
    "cacheWriteTokens": _WRITES,
    "cacheWrite1hTokens": _WRITES_1H,
    "reasoningTokens": _THOUGHTS,
    "audioInputTokens": frozenset({"input_audio_tokens", "input_audio"}),
    "imageInputTokens": frozenset({"input_image_tokens", "input_image"}),
    "audioOutputTokens": frozenset({"output_audio_tokens", "output_audio"}),
    "imageOutputTokens": frozenset({"output_image_tokens", "output_image"}),
}
_OTHER_UNITS: Final = ("CHARACTERS", "MILLISECONDS", "SECONDS", "IMAGES", "REQUESTS")
_ID_CHARS: Final = 16
_MODEL_PROVIDERS: Final = ("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")


def camel(column: str) -> str:
    """A column as the API spells it."""
    first, *rest = column.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _both(table: Mapping[str, str]) -> dict[str, str]:
    return {name: said for column, said in table.items() for name in (column, camel(column))}


def _get(row: Row, column: str) -> str | None:
    return text(row, column, camel(column))


def read(row: Row, defaults: Defaults) -> Outcome:
    kind = (_get(row, "type") or _CALLS[0]).upper()
    if kind not in _CALLS:
        return Skipped(f"an observation of type {kind}, a step around calls")
    attributes = inner(inner(row, "metadata"), "attributes") or inner(row, "metadata")
    model = text(row, "provided_model_name", "providedModelName", "model")
    told = provider_named(_attribute(attributes, _MODEL_PROVIDERS))
    inferred = maker_of(model) if told is None and model and not defaults.provider else None
    start, end = moment(row, "start_time", "startTime"), moment(row, "end_time", "endTime")
    first = moment(row, "completion_start_time", "completionStartTime")
    cost = amount(row, "total_cost", "totalCost", "calculated_total_cost", "calculatedTotalCost")
    document: Document = {
        "provider": told or inferred or (None if defaults.provider else "unknown"),
        "model": model,
        "status": "error" if (_get(row, "level") or "").upper() == "ERROR" else "success",
        "occurredAt": at_text(end if end is not None else start),
        "latencyMs": None if start is None or end is None else max(end - start, 0),
        "timeToFirstTokenMs": None if start is None or first is None else max(first - start, 0),
        "environment": environment_of(_get(row, "environment")),
        "endpointTag": text(row, "trace_name", "traceName", "name"),
        "promptVersion": _prompt(row),
        "userId": _get(row, "user_id"),
        "sessionId": _get(row, "session_id"),
        "traceId": _get(row, "trace_id"),
        "metadata": _kept(row, attributes),
        "reportedCostUsd": None if cost is None else str(cost),
        **_usage(row),
    }
    notes = ("the provider is taken from the model's name",) if inferred else ()
    return Told(without_none(document), _identity(row), cost, notes)


def _identity(row: Row) -> str | None:
    """A span's id is unique in its trace only."""
    own, trace = text(row, "id"), _get(row, "trace_id")
    return f"{trace}:{own}" if own is not None and trace and len(own) <= _ID_CHARS else own


def _attribute(attributes: Row, names: Iterable[str]) -> str | None:
    found = (attributes.get(name) for name in names)
    return next((each.strip() for each in found if isinstance(each, str) and each.strip()), None)


def _kept(row: Row, attributes: Row) -> Document | None:
    tags = [each for each in listed(row, "tags") if isinstance(each, str)]
    given = _attribute(attributes, ("gen_ai.response.id",))
    kept = {
        "tags": ", ".join(tags) or None,
        "release": text(row, "release"),
        "providerRequestId": given if given is not None and is_unique(given) else None,
    }
    return without_none(kept) or None


def _prompt(row: Row) -> str | None:
    name, version = _get(row, "prompt_name"), _get(row, "prompt_version")
    return f"{name}:{version}" if name and version else name


def _usage(row: Row) -> Document:
    details = inner(row, "usage_details", "usageDetails") or inner(row, "usage")
    unit = text(details, "unit") or text(row, "unit")
    if unit and unit.upper() in _OTHER_UNITS:
        raise CellError("usage", f"counts {unit.lower()}, not tokens")
    counts = {
        name: number
        for name in details
        if not name.lower().endswith("cost") and name != "unit" and (number := count(details, name))
    }
    total = counts.pop("total", None)
    parts = {field: _of(counts, names) for field, names in _PARTS.items()}
    inputs = sum(number for name, number in counts.items() if _is_input(name))
    outputs = sum(number for name, number in counts.items() if _is_output(name))
    plain = counts.get("input", 0), counts.get("output", 0)
    if total == sum(plain) != inputs + outputs:  # the parts lie inside what they were told with
        inputs, outputs = plain
    return {
        "inputTokens": inputs,
        "outputTokens": outputs,
        "totalTokens": total,
        **{field: number or None for field, number in parts.items()},
    }


def _of(counts: Mapping[str, int], names: Iterable[str]) -> int:
    return sum(counts.get(name, 0) for name in names)


def _is_output(name: str) -> bool:
    return name.startswith("output") or name in _THOUGHTS


def _is_input(name: str) -> bool:
    return not _is_output(name) and (
        name.startswith("input") or name in _READS or name in _WRITES or name in _WRITES_1H
    )


def odd_parts(row: Row) -> dict[str, Any]:
    """Kinds of usage that nobody knows how to count, by the names of their places."""
    details = inner(row, "usage_details", "usageDetails")
    return {
        f"usage_details.{name}": number
        for name, number in details.items()
        if name != "total" and number and not _is_input(name) and not _is_output(name)
    }


FORMAT: Final = Format(
    name="langfuse",
    title="Langfuse observations",
    seen=(
        "Langfuse's published reference of its bucket export (enriched and legacy, 2026) and of its API, and "
        "the part of its code that takes usage apart; no file was seen"
    ),
    identity=(
        "`id`, after `trace_id` where it is a span's; beside it `gen_ai.response.id` of the metadata, if any"
    ),
    marks=tuple(
        frozenset({"id", trace, start, usage})
        for trace, start in (("trace_id", "start_time"), ("traceId", "startTime"))
        for usage in ("type", "usage_details", "usageDetails", "usage")
    ),
    columns=_both(_COLUMNS),
    ignored=_both(_IGNORED),
    read=read,
    odd_parts=odd_parts,
)
