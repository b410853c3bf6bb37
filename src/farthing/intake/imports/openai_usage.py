"""OpenAI's usage of an organization: sums of calls by time and what they were grouped by.

A row that holds one request is a call, when it names its model; its time is known as well as its bucket.
"""

from __future__ import annotations

from typing import Final

from farthing.intake.imports.cells import CellError, Row, at_text, count, moment, text, truth
from farthing.intake.imports.format import Defaults, Format, Outcome, Skipped, Summed, Told, without_none
from farthing.intake.imports.sums import EMPTY, identity_of, no_negative

_COLUMNS: Final = {
    "object": "which usage it is: completions and embeddings are read",
    "start_time": "occurredAt, metadata.bucketStart",
    "start_time_iso": "the same, where start_time is missing",
    "end_time": "metadata.bucketEnd",
    "end_time_iso": "the same, where end_time is missing",
    "model": "model",
    "num_model_requests": "whether it is one call",
    "input_tokens": "inputTokens",
    "output_tokens": "outputTokens",
    "input_cached_tokens": "cachedInputTokens",
    "input_cache_write_tokens": "cacheWriteTokens",
    "input_audio_tokens": "audioInputTokens",
    "input_image_tokens": "imageInputTokens",
    "output_audio_tokens": "audioOutputTokens",
    "output_image_tokens": "imageOutputTokens",
    "batch": "isBatch",
    "service_tier": "serviceTier",
    "project_id": "tags.project",
    "project_name": "tags.project, where there is a name",
    "api_key_id": "tags.apiKey",
    "user_id": "tags.member: a member of the organization, not whom the call was for",
}
_IGNORED: Final = {
    "input_uncached_tokens": "follows from the other counts",
    "input_text_tokens": "follows from the other counts",
    "output_text_tokens": "follows from the other counts",
    "input_cached_text_tokens": "a part of input_cached_tokens",
    "input_cached_audio_tokens": "a part of input_cached_tokens",
    "input_cached_image_tokens": "a part of input_cached_tokens",
    "input_cache_write_30m_tokens": "a part of input_cache_write_tokens",
    "input_cache_write_12h_tokens": "a part of input_cache_write_tokens",
    "organization_id": "yours",
    "organization_name": "yours",
    "user_email": "personal data that no cost needs",
    "api_source": "which product of OpenAI's called",
}
_KINDS: Final = ("completions", "embeddings")
_TIMES: Final = ("start_time", "start_time_iso"), ("end_time", "end_time_iso")


def read(row: Row, defaults: Defaults) -> Outcome:  # noqa: ARG001 - every format is called alike
    kind = (text(row, "object") or "organization.usage.completions.result").split(".")[2:3]
    requests = no_negative("num_model_requests", count(row, "num_model_requests") or 0)
    tokens = count(row, "input_tokens") or 0, count(row, "output_tokens") or 0
    model = text(row, "model")
    if not requests and not sum(tokens):
        return Skipped(EMPTY)
    if kind and kind[0] not in _KINDS:
        raise CellError("object", f"is usage of {kind[0]}, which is not counted in tokens of a call")
    if requests != 1:
        return Summed(model or "unknown", requests, *tokens)
    if model is None:
        raise CellError("model", "is missing: export the usage grouped by model")
    start, end = moment(row, *_TIMES[0]), moment(row, *_TIMES[1])
    parts = [text(row, name) for name in ("project_id", "user_id", "api_key_id", "batch", "service_tier")]
    document = {
        "provider": "openai",
        "model": model,
        "status": "success",
        "occurredAt": at_text(start),
        "inputTokens": tokens[0],
        "outputTokens": tokens[1],
        "cachedInputTokens": count(row, "input_cached_tokens"),
        "cacheWriteTokens": count(row, "input_cache_write_tokens"),
        "audioInputTokens": count(row, "input_audio_tokens"),
        "imageInputTokens": count(row, "input_image_tokens"),
        "audioOutputTokens": count(row, "output_audio_tokens"),
        "imageOutputTokens": count(row, "output_image_tokens"),
        "isBatch": truth(row, "batch"),
        "serviceTier": text(row, "service_tier"),
        "tags": without_none(
            {"project": text(row, "project_name", "project_id"), "apiKey": parts[2], "member": parts[1]}
        )
        or None,
        "metadata": without_none({"bucketStart": at_text(start), "bucketEnd": at_text(end)}),
    }
    return Told(without_none(document), identity_of("openai", start, end, model, *kind, *parts))


FORMAT: Final = Format(
    name="openai-usage",
    title="OpenAI usage of an organization",
    seen=(
        "the types of openai 3.57.0 for `/v1/organization/usage/…`, read; of the dashboard's CSV, the names "
        "of its columns as people describe them"
    ),
    identity="a digest of the bucket and all that it was grouped by",
    marks=(
        frozenset({"start_time", "num_model_requests", "input_tokens"}),
        frozenset({"start_time_iso", "num_model_requests", "input_tokens"}),
        frozenset({"start_time", "num_model_requests", "object"}),
    ),
    columns=_COLUMNS,
    ignored=_IGNORED,
    read=read,
    is_summed=True,
)
