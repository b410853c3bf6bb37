"""What senders call things: the one table from attributes of spans to fields of a call.

A row says which field an attribute is read into, and who sends it, with how that is known. Of several
attributes of one field the first one that has a usable value counts, so that what the conventions say now
stands before what they said once, and before what single senders say.
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


class Seen(NamedTuple):
    """Who sends an attribute, by how that is known.

    `run`: the sender of that version was run, and sent it. `read`: its code has it. `text`: its
    documentation or the convention says so, and nobody has looked further.
    """

    run: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    text: tuple[str, ...] = ()


class Row(NamedTuple):
    """An attribute, the field it is read into, and who sends it."""

    field: str
    attribute: str
    seen: Seen


def _rows(field: str, *rows: tuple[str, Seen]) -> tuple[Row, ...]:
    return tuple(Row(field, attribute, seen) for attribute, seen in rows)


TABLE: Final[tuple[Row, ...]] = (
    # What kind of span it is.
    *_rows(
        "operation",
        (
            "gen_ai.operation.name",
            Seen(run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC), read=(SENTRY, LITELLM, STRANDS)),
        ),
        ("ai.operationId", Seen(text=(VERCEL,))),
        ("openinference.span.kind", Seen(run=(INFERENCE,))),
        ("langfuse.observation.type", Seen(read=(LANGFUSE,))),
        ("lmnr.span.type", Seen(read=(LAMINAR,))),
        ("llm.request.type", Seen(text=(LLMETRY_OLD, LAMINAR))),
        ("traceloop.span.kind", Seen(read=(LLMETRY,))),
    ),
    *_rows(
        "provider",
        ("gen_ai.provider.name", Seen(run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC), read=(SENTRY,))),
        ("gen_ai.system", Seen(run=(PYDANTIC,), read=(SENTRY, LAMINAR, STRANDS), text=(HISTORIC,))),
        ("llm.provider", Seen(run=(INFERENCE,))),
        ("llm.system", Seen(run=(INFERENCE,))),
        ("ai.model.provider", Seen(text=(VERCEL,))),
        ("traceloop.association.properties.ls_provider", Seen(text=(LLMETRY,))),
    ),
    *_rows(
        "response_model",
        (
            "gen_ai.response.model",
            Seen(
                run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC),
                read=(SENTRY, LAMINAR, LITELLM),
                text=(HISTORIC,),
            ),
        ),
        ("llm.response.model_name", Seen(run=(INFERENCE,))),
        ("ai.response.model", Seen(text=(VERCEL,))),
        ("llm.model_name", Seen(run=(INFERENCE,))),
        ("embedding.model_name", Seen(run=(INFERENCE,))),
        ("langfuse.observation.model.name", Seen(read=(LANGFUSE,))),
    ),
    *_rows(
        "request_model",
        (
            "gen_ai.request.model",
            Seen(
                run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC),
                read=(SENTRY, LAMINAR, LITELLM),
                text=(HISTORIC,),
            ),
        ),
        ("llm.request.model_name", Seen(run=(INFERENCE,))),
        ("ai.model.id", Seen(text=(VERCEL,))),
        ("llm.request.model", Seen(text=(LLMETRY_OLD,))),
        ("llm.invocation_parameters.model", Seen(run=(INFERENCE,))),
        ("model_name", Seen(run=(PYDANTIC,))),
    ),
    *_rows(
        "response_id",
        (
            "gen_ai.response.id",
            Seen(
                run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC),
                read=(SENTRY, LAMINAR, LITELLM),
                text=(HISTORIC,),
            ),
        ),
        ("ai.response.id", Seen(text=(VERCEL,))),
        ("output.value.id", Seen(run=(INFERENCE,))),
    ),
    # Tokens.
    *_rows(
        "input_tokens",
        (
            "gen_ai.usage.input_tokens",
            Seen(run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC), read=(SENTRY, LAMINAR, STRANDS)),
        ),
        ("gen_ai.usage.prompt_tokens", Seen(read=(STRANDS,), text=(HISTORIC, LLMETRY_OLD))),
        ("llm.token_count.prompt", Seen(run=(INFERENCE,))),
        ("ai.usage.inputTokens", Seen(text=(VERCEL,))),
        ("ai.usage.promptTokens", Seen(text=(VERCEL,))),
        ("ai.usage.tokens", Seen(text=(VERCEL,))),
        ("llm.usage.prompt_tokens", Seen(text=(LLMETRY_OLD,))),
        ("langfuse.observation.usage_details.input", Seen(read=(LANGFUSE,))),
        ("langfuse.observation.usage_details.prompt_tokens", Seen(read=(LANGFUSE,))),
        ("gen_ai.aggregated_usage.input_tokens", Seen(run=(PYDANTIC,))),
    ),
    *_rows(
        "output_tokens",
        (
            "gen_ai.usage.output_tokens",
            Seen(run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC), read=(SENTRY, LAMINAR, STRANDS)),
        ),
        ("gen_ai.usage.completion_tokens", Seen(read=(STRANDS,), text=(HISTORIC, LLMETRY_OLD))),
        ("llm.token_count.completion", Seen(run=(INFERENCE,))),
        ("ai.usage.outputTokens", Seen(text=(VERCEL,))),
        ("ai.usage.completionTokens", Seen(text=(VERCEL,))),
        ("llm.usage.completion_tokens", Seen(text=(LLMETRY_OLD,))),
        ("langfuse.observation.usage_details.output", Seen(read=(LANGFUSE,))),
        ("langfuse.observation.usage_details.completion_tokens", Seen(read=(LANGFUSE,))),
        ("gen_ai.aggregated_usage.output_tokens", Seen(run=(PYDANTIC,))),
    ),
    *_rows(
        "total_tokens",
        ("gen_ai.usage.total_tokens", Seen(run=(LLMETRY,), read=(SENTRY, LITELLM, STRANDS))),
        ("llm.usage.total_tokens", Seen(read=(LAMINAR,), text=(LLMETRY_OLD,))),
        ("llm.token_count.total", Seen(run=(INFERENCE,))),
        ("ai.usage.totalTokens", Seen(text=(VERCEL,))),
        ("langfuse.observation.usage_details.total", Seen(read=(LANGFUSE,))),
        ("langfuse.observation.usage_details.total_tokens", Seen(read=(LANGFUSE,))),
    ),
    *_rows(
        "cached_input_tokens",
        (
            "gen_ai.usage.cache_read.input_tokens",
            Seen(run=(OFFICIAL, LLMETRY, PYDANTIC, ANTHROPIC), read=(SENTRY, STRANDS)),
        ),
        ("gen_ai.usage.cache_read_input_tokens", Seen(read=(LAMINAR, STRANDS), text=(LLMETRY_OLD,))),
        ("gen_ai.usage.cache_read_tokens", Seen(text=(OPENLIT,))),
        ("gen_ai.usage.input_tokens.cached", Seen(read=(SENTRY,))),
        ("llm.token_count.prompt_details.cache_read", Seen(run=(INFERENCE,))),
        ("ai.usage.cachedInputTokens", Seen(text=(VERCEL,))),
        ("ai.usage.inputTokenDetails.cacheReadTokens", Seen(text=(VERCEL,))),
        ("gen_ai.usage.details.cache_read_tokens", Seen(run=(PYDANTIC,))),
        ("gen_ai.usage.details.cache_read_input_tokens", Seen(read=(PYDANTIC,))),
        ("langfuse.observation.usage_details.cache_read_input_tokens", Seen(text=(LANGFUSE,))),
        ("langfuse.observation.usage_details.input_cached_tokens", Seen(text=(LANGFUSE,))),
        ("metadata.usage_object.prompt_tokens_details.cached_tokens", Seen(run=(LITELLM,))),
        ("gen_ai.aggregated_usage.cache_read.input_tokens", Seen(run=(PYDANTIC,))),
    ),
    *_rows(
        "cache_write_tokens",
        ("gen_ai.usage.cache_write.input_tokens", Seen(run=(OFFICIAL, ANTHROPIC))),
        (
            "gen_ai.usage.cache_creation.input_tokens",
            Seen(run=(LLMETRY,), read=(SENTRY, LITELLM, STRANDS), text=(HISTORIC,)),
        ),
        ("gen_ai.usage.cache_creation_input_tokens", Seen(read=(LAMINAR,), text=(LLMETRY_OLD,))),
        ("gen_ai.usage.cache_write_tokens", Seen(text=(OPENLIT,))),
        ("gen_ai.usage.cache_write_input_tokens", Seen(read=(STRANDS,))),
        ("gen_ai.usage.input_tokens.cache_write", Seen(read=(SENTRY,))),
        ("llm.token_count.prompt_details.cache_write", Seen(run=(INFERENCE,))),
        ("ai.usage.inputTokenDetails.cacheWriteTokens", Seen(text=(VERCEL,))),
        ("gen_ai.usage.details.cache_write_tokens", Seen(read=(PYDANTIC,))),
        ("gen_ai.usage.details.cache_creation_input_tokens", Seen(read=(PYDANTIC,))),
        ("langfuse.observation.usage_details.cache_creation_input_tokens", Seen(read=(LANGFUSE,))),
        ("metadata.usage_object.prompt_tokens_details.cache_creation_tokens", Seen(run=(LITELLM,))),
        ("metadata.usage_object.prompt_tokens_details.cache_write_tokens", Seen(run=(LITELLM,))),
        ("gen_ai.aggregated_usage.cache_write.input_tokens", Seen(text=(PYDANTIC,))),
        ("gen_ai.aggregated_usage.cache_creation.input_tokens", Seen(text=(PYDANTIC,))),
    ),
    *_rows(
        "cache_write_1h_tokens",
        ("farthing.usage.cache_write_1h_tokens", Seen(run=(OURS,))),
        ("anthropic.usage.cache_creation.ephemeral_1h_input_tokens", Seen(run=(ANTHROPIC,))),
        ("gen_ai.usage.cache_creation.input_tokens.ephemeral_1h", Seen(text=(LAMINAR,))),
        (
            "metadata.usage_object.prompt_tokens_details.cache_creation_token_details.ephemeral_1h_input_tokens",
            Seen(run=(LITELLM,)),
        ),
    ),
    *_rows(
        "reasoning_tokens",
        ("gen_ai.usage.reasoning.output_tokens", Seen(run=(OFFICIAL,), read=(SENTRY,))),
        ("gen_ai.usage.reasoning_tokens", Seen(run=(LLMETRY,), read=(LAMINAR,))),
        ("gen_ai.usage.output_tokens.reasoning", Seen(read=(SENTRY,))),
        ("llm.token_count.completion_details.reasoning", Seen(run=(INFERENCE,))),
        ("llm.usage.reasoning_tokens", Seen(text=(LLMETRY_OLD,))),
        ("ai.usage.reasoningTokens", Seen(text=(VERCEL,))),
        ("ai.usage.outputTokenDetails.reasoningTokens", Seen(text=(VERCEL,))),
        ("gen_ai.usage.details.reasoning_tokens", Seen(run=(PYDANTIC,))),
        ("langfuse.observation.usage_details.output_reasoning_tokens", Seen(text=(LANGFUSE,))),
        ("metadata.usage_object.completion_tokens_details.reasoning_tokens", Seen(run=(LITELLM,))),
        ("gen_ai.aggregated_usage.details.reasoning_tokens", Seen(run=(PYDANTIC,))),
    ),
    *_rows(
        "audio_input_tokens",
        ("gen_ai.usage.audio.input_tokens", Seen(read=(OFFICIAL,))),
        ("gen_ai.usage.audio_input_tokens", Seen(text=(LAMINAR,))),
        ("llm.token_count.prompt_details.audio", Seen(run=(INFERENCE,))),
        ("gen_ai.usage.details.input_audio_tokens", Seen(read=(PYDANTIC,))),
        ("metadata.usage_object.prompt_tokens_details.audio_tokens", Seen(run=(LITELLM,))),
    ),
    *_rows(
        "audio_output_tokens",
        ("gen_ai.usage.audio.output_tokens", Seen(read=(OFFICIAL,))),
        ("gen_ai.usage.audio_output_tokens", Seen(text=(LAMINAR,))),
        ("llm.token_count.completion_details.audio", Seen(run=(INFERENCE,))),
        ("gen_ai.usage.details.output_audio_tokens", Seen(read=(PYDANTIC,))),
        ("metadata.usage_object.completion_tokens_details.audio_tokens", Seen(run=(LITELLM,))),
    ),
    *_rows("image_input_tokens", ("gen_ai.usage.image.input_tokens", Seen(read=(OFFICIAL,)))),
    *_rows("image_output_tokens", ("gen_ai.usage.image.output_tokens", Seen(read=(OFFICIAL,)))),
    # How it went.
    *_rows(
        "service_tier",
        ("openai.response.service_tier", Seen(run=(OFFICIAL, LLMETRY), text=(LITELLM,))),
        ("gen_ai.openai.response.service_tier", Seen(text=(HISTORIC,))),
        ("anthropic.response.service_tier", Seen(run=(ANTHROPIC,))),
    ),
    *_rows(
        "streamed",
        ("gen_ai.request.stream", Seen(run=(OFFICIAL, ANTHROPIC))),
        ("gen_ai.is_streaming", Seen(run=(LLMETRY,))),
        ("llm.is_streaming", Seen(text=(LLMETRY_OLD,))),
        ("gen_ai.response.streaming", Seen(read=(SENTRY,))),
        ("llm.invocation_parameters.stream", Seen(run=(INFERENCE,))),
    ),
    *_rows(
        "first_token_s",
        ("gen_ai.response.time_to_first_chunk", Seen(run=(OFFICIAL, ANTHROPIC), read=(LITELLM, SENTRY))),
        ("gen_ai.response.time_to_first_token", Seen(read=(SENTRY,))),
        ("gen_ai.server.time_to_first_token", Seen(text=(HISTORIC,))),
    ),
    *_rows("first_token_ms", ("ai.response.msToFirstChunk", Seen(text=(VERCEL,)))),
    *_rows(
        "error_code",
        ("error.type", Seen(run=(GENERAL, OFFICIAL, LLMETRY))),
        ("exception.type", Seen(run=(GENERAL,))),
    ),
    *_rows(
        "reported_cost",
        ("gen_ai.usage.cost", Seen(read=(LAMINAR,), text=(OPENLIT,))),
        ("operation.cost", Seen(run=(PYDANTIC,))),
        ("llm.cost.total", Seen(text=(INFERENCE,))),
        ("gen_ai.cost.total_cost", Seen(run=(LITELLM,))),
        ("langfuse.observation.cost_details.total", Seen(read=(LANGFUSE,))),
    ),
    # Whom it is for.
    *_rows(
        "endpoint_tag",
        ("farthing.endpoint_tag", Seen(run=(OURS,))),
        ("gen_ai.workflow.name", Seen(text=(OFFICIAL,))),
        ("gen_ai.agent.name", Seen(run=(PYDANTIC,), read=(SENTRY,), text=(OFFICIAL,))),
        ("traceloop.workflow.name", Seen(read=(LLMETRY,))),
        ("traceloop.entity.name", Seen(read=(LLMETRY,))),
        ("ai.telemetry.functionId", Seen(text=(VERCEL,))),
        ("gen_ai.pipeline.name", Seen(read=(SENTRY,))),
        ("gen_ai.function_id", Seen(read=(SENTRY,))),
        ("langfuse.trace.name", Seen(read=(LANGFUSE,))),
        ("agent_name", Seen(run=(PYDANTIC,))),
        ("agent.name", Seen(text=(INFERENCE,))),
        ("service.name", Seen(run=(GENERAL,))),
    ),
    *_rows(
        "prompt_version",
        ("farthing.prompt_version", Seen(run=(OURS,))),
        ("gen_ai.prompt.version", Seen(read=(OFFICIAL,))),
        ("llm.prompt_template.version", Seen(read=(INFERENCE,))),
        ("traceloop.prompt.version", Seen(read=(LLMETRY,))),
        ("langfuse.observation.prompt.version", Seen(read=(LANGFUSE,))),
    ),
    *_rows("feature_tag", ("farthing.feature_tag", Seen(run=(OURS,)))),
    *_rows(
        "user_id",
        ("farthing.user_id", Seen(run=(OURS,))),
        ("user.id", Seen(read=(INFERENCE, LANGFUSE), text=(GENERAL,))),
        ("enduser.id", Seen(text=(GENERAL,))),
        ("gen_ai.user", Seen(read=(LLMETRY,))),
        ("llm.user", Seen(text=(LLMETRY_OLD,))),
        ("langfuse.user.id", Seen(text=(LANGFUSE,))),
        ("ai.telemetry.metadata.userId", Seen(text=(VERCEL,))),
        ("traceloop.association.properties.user_id", Seen(read=(LLMETRY,))),
        ("lmnr.association.properties.user_id", Seen(read=(LAMINAR,))),
    ),
    *_rows(
        "session_id",
        ("farthing.session_id", Seen(run=(OURS,))),
        ("gen_ai.conversation.id", Seen(run=(PYDANTIC,), read=(SENTRY,), text=(OFFICIAL,))),
        ("session.id", Seen(read=(INFERENCE, LANGFUSE), text=(GENERAL,))),
        ("langfuse.session.id", Seen(text=(LANGFUSE,))),
        ("ai.telemetry.metadata.sessionId", Seen(text=(VERCEL,))),
        ("traceloop.association.properties.session_id", Seen(read=(LLMETRY,))),
        ("lmnr.association.properties.session_id", Seen(read=(LAMINAR,))),
    ),
    *_rows(
        "tenant_id",
        ("farthing.tenant_id", Seen(run=(OURS,))),
        ("tenant.id", Seen(text=(GENERAL,))),
        ("ai.telemetry.metadata.tenantId", Seen(text=(VERCEL,))),
        ("traceloop.association.properties.tenant_id", Seen(text=(LLMETRY,))),
        ("traceloop.association.properties.customer_id", Seen(read=(LLMETRY,))),
        ("langfuse.trace.metadata.tenantId", Seen(text=(LANGFUSE,))),
    ),
    *_rows("data_mode", ("farthing.data_mode", Seen(run=(OURS,)))),
    *_rows(
        "environment",
        ("farthing.environment", Seen(run=(OURS,))),
        ("deployment.environment.name", Seen(run=(GENERAL,))),
        ("deployment.environment", Seen(read=(LITELLM,), text=(HISTORIC,))),
        ("langfuse.environment", Seen(read=(LANGFUSE,))),
        ("sentry.environment", Seen(read=(SENTRY,))),
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
AS_LITERAL: Final = "metadata.usage_object"
"""What LiteLLM writes of a usage object, as Python shows a dictionary: its counts by their dotted names."""
