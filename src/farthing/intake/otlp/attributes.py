"""What senders call things: the one table from attributes of spans to fields of a call.

A row says which field an attribute is read into, and where that was seen: the sender, with the version that
was read or run. Of several attributes of one field the first one that has a usable value counts, so that what
the conventions say now stands before what they said once, and before what single senders say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

OFFICIAL: Final = "OpenTelemetry GenAI 1.3b0"
HISTORIC: Final = "OpenTelemetry GenAI up to 1.41"
LLMETRY: Final = "OpenLLMetry 0.62.4"
LLMETRY_OLD: Final = "OpenLLMetry 0.33"
INFERENCE: Final = "OpenInference 0.1.66"
VERCEL: Final = "Vercel AI SDK 5, 6"
PYDANTIC: Final = "pydantic-ai 2.68"
SENTRY: Final = "sentry-sdk 2.75"
LAMINAR: Final = "Laminar 0.8.2"
LANGFUSE: Final = "Langfuse 5.0.4"
LITELLM: Final = "LiteLLM 1.110"
STRANDS: Final = "Strands 1.62"
OPENLIT: Final = "OpenLIT 1.x"
ANTHROPIC: Final = "anthropic 2.14"
OURS: Final = "Farthing"
GENERAL: Final = "OpenTelemetry 1.43"


class Row(NamedTuple):
    """An attribute, the field it is read into, and who was seen to send it."""

    field: str
    attribute: str
    seen: tuple[str, ...]


def _rows(field: str, *rows: tuple[str, tuple[str, ...]]) -> tuple[Row, ...]:
    return tuple(Row(field, attribute, seen) for attribute, seen in rows)


TABLE: Final[tuple[Row, ...]] = (
    # What kind of span it is.
    *_rows(
        "operation",
        ("gen_ai.operation.name", (OFFICIAL, LLMETRY, PYDANTIC, SENTRY, LITELLM, STRANDS, ANTHROPIC)),
        ("ai.operationId", (VERCEL,)),
        ("openinference.span.kind", (INFERENCE,)),
        ("langfuse.observation.type", (LANGFUSE,)),
        ("lmnr.span.type", (LAMINAR,)),
        ("llm.request.type", (LLMETRY_OLD, LAMINAR)),
        ("traceloop.span.kind", (LLMETRY,)),
    ),
    *_rows(
        "provider",
        ("gen_ai.provider.name", (OFFICIAL, LLMETRY, PYDANTIC, SENTRY, ANTHROPIC)),
        ("gen_ai.system", (HISTORIC, PYDANTIC, SENTRY, LAMINAR, STRANDS)),
        ("llm.provider", (INFERENCE,)),
        ("llm.system", (INFERENCE,)),
        ("ai.model.provider", (VERCEL,)),
        ("traceloop.association.properties.ls_provider", (LLMETRY,)),
    ),
    *_rows(
        "response_model",
        (
            "gen_ai.response.model",
            (OFFICIAL, HISTORIC, LLMETRY, PYDANTIC, SENTRY, LAMINAR, LITELLM, ANTHROPIC),
        ),
        ("llm.response.model_name", (INFERENCE,)),
        ("ai.response.model", (VERCEL,)),
        ("llm.model_name", (INFERENCE,)),
        ("embedding.model_name", (INFERENCE,)),
        ("langfuse.observation.model.name", (LANGFUSE,)),
    ),
    *_rows(
        "request_model",
        (
            "gen_ai.request.model",
            (OFFICIAL, HISTORIC, LLMETRY, PYDANTIC, SENTRY, LAMINAR, LITELLM, ANTHROPIC),
        ),
        ("llm.request.model_name", (INFERENCE,)),
        ("ai.model.id", (VERCEL,)),
        ("llm.request.model", (LLMETRY_OLD,)),
        ("llm.invocation_parameters.model", (INFERENCE,)),
        ("model_name", (PYDANTIC,)),
    ),
    *_rows(
        "response_id",
        ("gen_ai.response.id", (OFFICIAL, HISTORIC, LLMETRY, PYDANTIC, SENTRY, LAMINAR, LITELLM, ANTHROPIC)),
        ("ai.response.id", (VERCEL,)),
        ("output.value.id", (INFERENCE,)),
    ),
    # Tokens.
    *_rows(
        "input_tokens",
        ("gen_ai.usage.input_tokens", (OFFICIAL, LLMETRY, PYDANTIC, SENTRY, LAMINAR, STRANDS, ANTHROPIC)),
        ("gen_ai.usage.prompt_tokens", (HISTORIC, LLMETRY_OLD, STRANDS)),
        ("llm.token_count.prompt", (INFERENCE,)),
        ("ai.usage.inputTokens", (VERCEL,)),
        ("ai.usage.promptTokens", (VERCEL,)),
        ("ai.usage.tokens", (VERCEL,)),
        ("llm.usage.prompt_tokens", (LLMETRY_OLD,)),
        ("langfuse.observation.usage_details.input", (LANGFUSE,)),
        ("langfuse.observation.usage_details.prompt_tokens", (LANGFUSE,)),
        ("gen_ai.aggregated_usage.input_tokens", (PYDANTIC,)),
    ),
    *_rows(
        "output_tokens",
        ("gen_ai.usage.output_tokens", (OFFICIAL, LLMETRY, PYDANTIC, SENTRY, LAMINAR, STRANDS, ANTHROPIC)),
        ("gen_ai.usage.completion_tokens", (HISTORIC, LLMETRY_OLD, STRANDS)),
        ("llm.token_count.completion", (INFERENCE,)),
        ("ai.usage.outputTokens", (VERCEL,)),
        ("ai.usage.completionTokens", (VERCEL,)),
        ("llm.usage.completion_tokens", (LLMETRY_OLD,)),
        ("langfuse.observation.usage_details.output", (LANGFUSE,)),
        ("langfuse.observation.usage_details.completion_tokens", (LANGFUSE,)),
        ("gen_ai.aggregated_usage.output_tokens", (PYDANTIC,)),
    ),
    *_rows(
        "total_tokens",
        ("gen_ai.usage.total_tokens", (LLMETRY, SENTRY, LITELLM, STRANDS)),
        ("llm.usage.total_tokens", (LLMETRY_OLD, LAMINAR)),
        ("llm.token_count.total", (INFERENCE,)),
        ("ai.usage.totalTokens", (VERCEL,)),
        ("langfuse.observation.usage_details.total", (LANGFUSE,)),
        ("langfuse.observation.usage_details.total_tokens", (LANGFUSE,)),
    ),
    *_rows(
        "cached_input_tokens",
        ("gen_ai.usage.cache_read.input_tokens", (OFFICIAL, LLMETRY, PYDANTIC, SENTRY, STRANDS, ANTHROPIC)),
        ("gen_ai.usage.cache_read_input_tokens", (LLMETRY_OLD, LAMINAR, STRANDS)),
        ("gen_ai.usage.cache_read_tokens", (OPENLIT,)),
        ("gen_ai.usage.input_tokens.cached", (SENTRY,)),
        ("llm.token_count.prompt_details.cache_read", (INFERENCE,)),
        ("ai.usage.cachedInputTokens", (VERCEL,)),
        ("ai.usage.inputTokenDetails.cacheReadTokens", (VERCEL,)),
        ("gen_ai.usage.details.cache_read_tokens", (PYDANTIC,)),
        ("gen_ai.usage.details.cache_read_input_tokens", (PYDANTIC,)),
        ("langfuse.observation.usage_details.cache_read_input_tokens", (LANGFUSE,)),
        ("langfuse.observation.usage_details.input_cached_tokens", (LANGFUSE,)),
        ("gen_ai.aggregated_usage.cache_read.input_tokens", (PYDANTIC,)),
    ),
    *_rows(
        "cache_write_tokens",
        ("gen_ai.usage.cache_write.input_tokens", (OFFICIAL, ANTHROPIC)),
        ("gen_ai.usage.cache_creation.input_tokens", (HISTORIC, LLMETRY, SENTRY, LITELLM, STRANDS)),
        ("gen_ai.usage.cache_creation_input_tokens", (LLMETRY_OLD, LAMINAR)),
        ("gen_ai.usage.cache_write_tokens", (OPENLIT,)),
        ("gen_ai.usage.cache_write_input_tokens", (STRANDS,)),
        ("gen_ai.usage.input_tokens.cache_write", (SENTRY,)),
        ("llm.token_count.prompt_details.cache_write", (INFERENCE,)),
        ("ai.usage.inputTokenDetails.cacheWriteTokens", (VERCEL,)),
        ("gen_ai.usage.details.cache_write_tokens", (PYDANTIC,)),
        ("gen_ai.usage.details.cache_creation_input_tokens", (PYDANTIC,)),
        ("langfuse.observation.usage_details.cache_creation_input_tokens", (LANGFUSE,)),
        ("gen_ai.aggregated_usage.cache_write.input_tokens", (PYDANTIC,)),
        ("gen_ai.aggregated_usage.cache_creation.input_tokens", (PYDANTIC,)),
    ),
    *_rows(
        "cache_write_1h_tokens",
        ("farthing.usage.cache_write_1h_tokens", (OURS,)),
        ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", (ANTHROPIC,)),
        ("gen_ai.usage.cache_creation.input_tokens.ephemeral_1h", (LAMINAR,)),
    ),
    *_rows(
        "reasoning_tokens",
        ("gen_ai.usage.reasoning.output_tokens", (OFFICIAL, SENTRY)),
        ("gen_ai.usage.reasoning_tokens", (LLMETRY, LAMINAR)),
        ("gen_ai.usage.output_tokens.reasoning", (SENTRY,)),
        ("llm.token_count.completion_details.reasoning", (INFERENCE,)),
        ("llm.usage.reasoning_tokens", (LLMETRY_OLD,)),
        ("ai.usage.reasoningTokens", (VERCEL,)),
        ("ai.usage.outputTokenDetails.reasoningTokens", (VERCEL,)),
        ("gen_ai.usage.details.reasoning_tokens", (PYDANTIC,)),
        ("langfuse.observation.usage_details.output_reasoning_tokens", (LANGFUSE,)),
        ("gen_ai.aggregated_usage.details.reasoning_tokens", (PYDANTIC,)),
    ),
    *_rows(
        "audio_input_tokens",
        ("gen_ai.usage.audio.input_tokens", (OFFICIAL,)),
        ("gen_ai.usage.audio_input_tokens", (LAMINAR,)),
        ("llm.token_count.prompt_details.audio", (INFERENCE,)),
        ("gen_ai.usage.details.input_audio_tokens", (PYDANTIC,)),
    ),
    *_rows(
        "audio_output_tokens",
        ("gen_ai.usage.audio.output_tokens", (OFFICIAL,)),
        ("gen_ai.usage.audio_output_tokens", (LAMINAR,)),
        ("llm.token_count.completion_details.audio", (INFERENCE,)),
        ("gen_ai.usage.details.output_audio_tokens", (PYDANTIC,)),
    ),
    *_rows("image_input_tokens", ("gen_ai.usage.image.input_tokens", (OFFICIAL,))),
    *_rows("image_output_tokens", ("gen_ai.usage.image.output_tokens", (OFFICIAL,))),
    # How it went.
    *_rows(
        "service_tier",
        ("openai.response.service_tier", (OFFICIAL, LLMETRY, LITELLM)),
        ("gen_ai.openai.response.service_tier", (HISTORIC,)),
        ("anthropic.response.service_tier", (ANTHROPIC,)),
    ),
    *_rows(
        "streamed",
        ("gen_ai.request.stream", (OFFICIAL, ANTHROPIC)),
        ("gen_ai.is_streaming", (LLMETRY,)),
        ("llm.is_streaming", (LLMETRY_OLD,)),
        ("gen_ai.response.streaming", (SENTRY,)),
        ("llm.invocation_parameters.stream", (INFERENCE,)),
    ),
    *_rows(
        "first_token_s",
        ("gen_ai.response.time_to_first_chunk", (OFFICIAL, ANTHROPIC, LITELLM, SENTRY)),
        ("gen_ai.response.time_to_first_token", (SENTRY,)),
        ("gen_ai.server.time_to_first_token", (HISTORIC,)),
    ),
    *_rows("first_token_ms", ("ai.response.msToFirstChunk", (VERCEL,))),
    *_rows("error_code", ("error.type", (GENERAL, OFFICIAL, LLMETRY)), ("exception.type", (GENERAL,))),
    *_rows(
        "reported_cost",
        ("gen_ai.usage.cost", (OPENLIT, LAMINAR)),
        ("operation.cost", (PYDANTIC,)),
        ("llm.cost.total", (INFERENCE,)),
        ("gen_ai.cost.total_cost", (LITELLM,)),
        ("langfuse.observation.cost_details.total", (LANGFUSE,)),
    ),
    # Whom it is for.
    *_rows(
        "endpoint_tag",
        ("farthing.endpoint_tag", (OURS,)),
        ("gen_ai.workflow.name", (OFFICIAL,)),
        ("gen_ai.agent.name", (OFFICIAL, PYDANTIC, SENTRY)),
        ("traceloop.workflow.name", (LLMETRY,)),
        ("traceloop.entity.name", (LLMETRY,)),
        ("ai.telemetry.functionId", (VERCEL,)),
        ("gen_ai.pipeline.name", (SENTRY,)),
        ("gen_ai.function_id", (SENTRY,)),
        ("langfuse.trace.name", (LANGFUSE,)),
        ("agent_name", (PYDANTIC,)),
        ("agent.name", (INFERENCE,)),
        ("service.name", (GENERAL,)),
    ),
    *_rows(
        "prompt_version",
        ("farthing.prompt_version", (OURS,)),
        ("gen_ai.prompt.version", (OFFICIAL,)),
        ("llm.prompt_template.version", (INFERENCE,)),
        ("traceloop.prompt.version", (LLMETRY,)),
        ("langfuse.observation.prompt.version", (LANGFUSE,)),
    ),
    *_rows("feature_tag", ("farthing.feature_tag", (OURS,))),
    *_rows(
        "user_id",
        ("farthing.user_id", (OURS,)),
        ("user.id", (GENERAL, INFERENCE, LANGFUSE)),
        ("enduser.id", (GENERAL,)),
        ("gen_ai.user", (LLMETRY,)),
        ("llm.user", (LLMETRY_OLD,)),
        ("langfuse.user.id", (LANGFUSE,)),
        ("ai.telemetry.metadata.userId", (VERCEL,)),
        ("traceloop.association.properties.user_id", (LLMETRY,)),
        ("lmnr.association.properties.user_id", (LAMINAR,)),
    ),
    *_rows(
        "session_id",
        ("farthing.session_id", (OURS,)),
        ("gen_ai.conversation.id", (OFFICIAL, PYDANTIC, SENTRY)),
        ("session.id", (GENERAL, INFERENCE, LANGFUSE)),
        ("langfuse.session.id", (LANGFUSE,)),
        ("ai.telemetry.metadata.sessionId", (VERCEL,)),
        ("traceloop.association.properties.session_id", (LLMETRY,)),
        ("lmnr.association.properties.session_id", (LAMINAR,)),
    ),
    *_rows(
        "tenant_id",
        ("farthing.tenant_id", (OURS,)),
        ("tenant.id", (GENERAL,)),
        ("ai.telemetry.metadata.tenantId", (VERCEL,)),
        ("traceloop.association.properties.tenant_id", (LLMETRY,)),
        ("traceloop.association.properties.customer_id", (LLMETRY,)),
        ("langfuse.trace.metadata.tenantId", (LANGFUSE,)),
    ),
    *_rows("data_mode", ("farthing.data_mode", (OURS,))),
    *_rows(
        "environment",
        ("farthing.environment", (OURS,)),
        ("deployment.environment.name", (GENERAL,)),
        ("deployment.environment", (HISTORIC, LITELLM)),
        ("langfuse.environment", (LANGFUSE,)),
        ("sentry.environment", (SENTRY,)),
    ),
)
"""In the order in which they are looked at."""

Values = dict[str, Sequence[Any]]
"""What is said of each field, in the order of the table; fields of which nothing is said are left out."""

FIRST_TOKEN_EVENT: Final = "First Token Stream Event"  # noqa: S105 - no secret, but a model's token
"""What OpenInference calls the event of a stream's first token."""
EVENTS: Final = frozenset({"exception"})
"""Events that say why a span failed."""

AS_JSON: Final = frozenset(
    {
        "langfuse.observation.usage_details",
        "langfuse.observation.cost_details",
        "llm.invocation_parameters",
    }
)
"""Attributes that hold an object as JSON; its fields are attributes of the table."""
OUTPUT: Final = "output.value"
"""An attribute of which nothing is kept but the id of the answer that it holds."""
