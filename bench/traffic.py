"""Made-up calls that hang together as real ones do: a feature has few models and prompt versions, many users.

Uncorrelated random names would make every rollup nearly as large as the raw rows, as in no real workspace.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

MODELS: tuple[tuple[str, str], ...] = (
    ("openai", "gpt-4o-mini"),
    ("openai", "gpt-4o"),
    ("openai", "gpt-4.1"),
    ("openai", "gpt-4.1-mini"),
    ("openai", "gpt-4.1-nano"),
    ("openai", "gpt-5"),
    ("openai", "gpt-5-mini"),
    ("openai", "gpt-5-nano"),
    ("openai", "o3"),
    ("openai", "o3-mini"),
    ("openai", "o4-mini"),
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-haiku-4-5"),
    ("anthropic", "claude-opus-4-1"),
    ("anthropic", "claude-opus-4-5"),
    ("anthropic", "claude-sonnet-4-0"),
    ("anthropic", "claude-3-5-haiku-latest"),
    ("google", "gemini-2.5-pro"),
    ("google", "gemini-2.5-flash"),
    ("google", "gemini-2.5-flash-lite"),
    ("google", "gemini-2.0-flash"),
    ("mistral", "mistral-large-latest"),
    ("mistral", "mistral-small-latest"),
    ("mistral", "codestral-latest"),
    ("deepseek", "deepseek-chat"),
    ("deepseek", "deepseek-reasoner"),
    ("x-ai", "grok-4-0709"),
    ("x-ai", "grok-3-mini"),
    ("groq", "llama-3.3-70b-versatile"),
    ("cohere", "command-r-plus"),
)
"""Thirty (provider, model) pairs that the price data knows."""

_REASONING_MODELS = frozenset({"gpt-5", "gpt-5-mini", "gpt-5-nano", "o3", "o3-mini", "o4-mini"})

ENDPOINT_TAGS: tuple[str, ...] = (
    "support.reply_draft",
    "checkout.ai_summary",
    "search.query_rewrite",
    "search.answer",
    "mail.classify",
    "docs.summarize",
    "docs.translate",
    "docs.extract_fields",
    "sales.lead_score",
    "sales.call_notes",
    "code.review",
    "code.complete",
    "agent.plan",
    "agent.tool_choice",
    "moderation.text",
    "onboarding.tips",
    "reports.narrative",
    "product.description",
    "product.tagging",
    "chat.assistant",
)

USER_COUNT = 10_000
TENANT_COUNT = 500
TEMPLATE_COUNT = 16_384
_CACHING_PROVIDERS = frozenset({"openai", "anthropic", "google", "deepseek", "x-ai"})
_ERROR_CODES = ("rate_limit_exceeded", "timeout", "context_length_exceeded", "server_error")


@dataclass(frozen=True, slots=True)
class Call:
    """One finished LLM call without its id and its time. `cached_input_tokens` is part of `input_tokens`."""

    provider: str
    model: str
    endpoint_tag: str
    prompt_version: str
    user_id: str | None
    tenant_id: str | None
    environment: str
    data_mode: str
    status: str
    error_code: str | None
    input_tokens: int
    cached_input_tokens: int
    output_tokens: int
    reasoning_tokens: int
    latency_ms: int


@dataclass(frozen=True, slots=True)
class _Feature:
    """What the calls of one endpoint tag have in common."""

    tag: str
    models: Sequence[tuple[str, str]]
    prompt_versions: Sequence[str]
    typical_input_tokens: int
    typical_output_tokens: int
    caches: bool


def calls(count: int, seed: int) -> list[Call]:
    """`count` calls; the same seed makes the same calls."""
    rng = random.Random(seed)
    features = [_feature(tag, rng) for tag in ENDPOINT_TAGS]
    feature_weights = _zipf_cumulated(len(features), 0.8)
    user_weights = _zipf_cumulated(USER_COUNT, 0.9)
    chosen = rng.choices(features, cum_weights=feature_weights, k=count)
    users = rng.choices(range(USER_COUNT), cum_weights=user_weights, k=count)
    return [_call(feature, user, rng) for feature, user in zip(chosen, users, strict=True)]


def _feature(tag: str, rng: random.Random) -> _Feature:
    newest = rng.randint(4, 30)
    name = tag.rpartition(".")[2]
    return _Feature(
        tag=tag,
        models=rng.sample(MODELS, 3),
        prompt_versions=[f"{name}_v{newest - age}" for age in range(4)],
        typical_input_tokens=rng.choice((150, 400, 900, 2_000, 6_000)),
        typical_output_tokens=rng.choice((20, 60, 180, 400, 900)),
        caches=rng.random() < 0.4,
    )


def _call(feature: _Feature, user: int, rng: random.Random) -> Call:
    provider, model = rng.choices(feature.models, cum_weights=(70, 90, 100))[0]
    failed = rng.random() < 0.02
    input_tokens = 0 if failed else round(rng.lognormvariate(0, 0.5) * feature.typical_input_tokens) + 1
    output_tokens = 0 if failed else round(rng.lognormvariate(0, 0.7) * feature.typical_output_tokens) + 1
    is_cached = feature.caches and provider in _CACHING_PROVIDERS and rng.random() < 0.7
    environment, data_mode = rng.choices(
        (("prod", "real"), ("staging", "real"), ("staging", "test"), ("dev", "test")),
        cum_weights=(92, 95, 98, 100),
    )[0]
    return Call(
        provider=provider,
        model=model,
        endpoint_tag=feature.tag,
        prompt_version=rng.choices(feature.prompt_versions, cum_weights=(60, 85, 95, 100))[0],
        user_id=None if rng.random() < 0.03 else f"u_{user * 2_654_435_761 % 2**32:08x}",
        tenant_id=None if rng.random() < 0.03 else f"tenant_{_tenant_of(user):03d}",
        environment=environment,
        data_mode=data_mode,
        status="error" if failed else "success",
        error_code=rng.choice(_ERROR_CODES) if failed else None,
        input_tokens=input_tokens,
        cached_input_tokens=input_tokens * 3 // 4 if is_cached else 0,
        output_tokens=output_tokens,
        reasoning_tokens=output_tokens // 2 if model in _REASONING_MODELS else 0,
        latency_ms=round(180 + output_tokens * rng.uniform(4, 14)),
    )


def _tenant_of(user: int) -> int:
    """Tenants differ in size: squaring an even spread puts more users into the low numbers."""
    spread = user * 40_503 % 65_536 / 65_536
    return int(spread * spread * TENANT_COUNT)


def _zipf_cumulated(count: int, exponent: float) -> list[float]:
    return list(accumulate(1 / (rank**exponent) for rank in range(1, count + 1)))


def bodies(made: Sequence[Call]) -> Iterator[dict[str, object]]:
    """The fields to send for each call, without `externalRequestId`.

    Four of five are written by hand against the API, as its documentation shows; every fifth has the shape of
    the client libraries: explicit nulls and a `metadata` object.
    """
    for number, call in enumerate(made):
        yield _client_library_body(call, number) if number % 5 == 4 else _plain_body(call)


def _plain_body(call: Call) -> dict[str, object]:
    body: dict[str, object] = {
        "provider": call.provider,
        "model": call.model,
        "promptVersion": call.prompt_version,
        "endpointTag": call.endpoint_tag,
        "inputTokens": call.input_tokens,
        "outputTokens": call.output_tokens,
        "totalTokens": call.input_tokens + call.output_tokens,
        "latencyMs": call.latency_ms,
        "status": call.status,
        "dataMode": call.data_mode,
        "environment": call.environment,
    }
    optional = {
        "userId": call.user_id,
        "tenantId": call.tenant_id,
        "errorCode": call.error_code,
        "cachedInputTokens": call.cached_input_tokens or None,
        "reasoningTokens": call.reasoning_tokens or None,
    }
    return body | {name: value for name, value in optional.items() if value is not None}


def _client_library_body(call: Call, number: int) -> dict[str, object]:
    return {
        "provider": call.provider,
        "model": call.model,
        "promptVersion": call.prompt_version,
        "endpointTag": call.endpoint_tag,
        "inputTokens": call.input_tokens,
        "outputTokens": call.output_tokens,
        "totalTokens": call.input_tokens + call.output_tokens,
        "latencyMs": call.latency_ms,
        "status": call.status,
        "errorCode": call.error_code,
        "userId": call.user_id,
        "dataMode": call.data_mode,
        "environment": call.environment,
        "metadata": {
            "operation": "messages.create" if call.provider == "anthropic" else "chat.completions.create",
            "tenantId": call.tenant_id,
            "endpoint": call.endpoint_tag,
            "feature": call.endpoint_tag.partition(".")[0],
            # Bodies are sent again under other ids of their own: one that tells calls apart would make
            # them repeats, so it is too short for that.
            "providerRequestId": f"resp_{number}",
            "sdkLanguage": "python",
        },
    }
