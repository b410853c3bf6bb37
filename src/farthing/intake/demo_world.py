"""The invented company behind the demo: its features, their models, its people and its week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DAYS: Final = 14
HOUR_WEIGHTS: Final = (2, 1, 1, 1, 1, 2, 4, 8, 14, 19, 21, 20, 15, 18, 21, 20, 18, 14, 10, 8, 7, 6, 5, 3)
"""How busy each hour of the UTC day is."""
WEEKDAY_WEIGHTS: Final = (1.0, 1.08, 1.1, 1.05, 0.92, 0.42, 0.36)
"""How busy each day of the week is, from Monday."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature of the company's product.

    `models` are (provider, model, weight). Token figures are typical sizes of one call. `prompts` are the
    prompt versions with the number of days ago since which each is in use, newest last. `is_batch` calls run
    at night at the batch price.
    """

    tag: str
    group: str
    calls_a_day: int
    models: tuple[tuple[str, str, int], ...]
    prompts: tuple[tuple[str, int], ...]
    input_tokens: int
    output_tokens: int
    cached_share: float = 0.0
    reasoning_share: float = 0.0
    own_cache_share: float = 0.0
    is_batch: bool = False


FEATURES: Final = (
    Feature(
        tag="checkout.ai_summary",
        group="checkout",
        calls_a_day=62,
        models=(("openai", "gpt-4o-mini", 1),),
        prompts=(("summarizer_v2", DAYS), ("summarizer_v3", 9)),
        input_tokens=900,
        output_tokens=180,
    ),
    Feature(
        tag="support.reply_draft",
        group="support",
        calls_a_day=52,
        models=(("anthropic", "claude-sonnet-4-5", 5), ("anthropic", "claude-haiku-4-5", 1)),
        prompts=(("reply_v7", DAYS), ("reply_v8", 5)),
        input_tokens=3_400,
        output_tokens=420,
        cached_share=0.45,
    ),
    Feature(
        tag="support.triage",
        group="support",
        calls_a_day=54,
        models=(("mistral", "mistral-small-latest", 4), ("openai", "gpt-4.1-mini", 1)),
        prompts=(("triage_v4", DAYS),),
        input_tokens=620,
        output_tokens=24,
    ),
    Feature(
        tag="search.rerank",
        group="search",
        calls_a_day=48,
        models=(("google", "gemini-2.5-flash", 1),),
        prompts=(("rerank_v1", DAYS), ("rerank_v2", 11)),
        input_tokens=2_600,
        output_tokens=60,
        own_cache_share=0.12,
    ),
    Feature(
        tag="docs.question",
        group="docs",
        calls_a_day=34,
        models=(("anthropic", "claude-sonnet-4-5", 1),),
        prompts=(("docs_qa_v3", DAYS),),
        input_tokens=9_500,
        output_tokens=380,
        cached_share=0.75,
    ),
    Feature(
        tag="docs.nightly_digest",
        group="docs",
        calls_a_day=18,
        models=(("openai", "gpt-4.1", 1),),
        prompts=(("digest_v1", DAYS),),
        input_tokens=6_200,
        output_tokens=900,
        is_batch=True,
    ),
    Feature(
        tag="code.review",
        group="code",
        calls_a_day=14,
        models=(("anthropic", "claude-opus-4-5", 2), ("openai", "gpt-5-mini", 1)),
        prompts=(("review_v5", DAYS), ("review_v6", 8)),
        input_tokens=12_000,
        output_tokens=1_400,
        cached_share=0.3,
        reasoning_share=0.35,
    ),
    Feature(
        tag="sales.email_writer",
        group="sales",
        calls_a_day=22,
        models=(("openai", "gpt-4.1", 3), ("mistral", "mistral-large-2512", 1)),
        prompts=(("outreach_v2", DAYS),),
        input_tokens=1_500,
        output_tokens=340,
    ),
    Feature(
        tag="analytics.sql_agent",
        group="analytics",
        calls_a_day=26,
        models=(("google", "gemini-2.5-pro", 1),),
        prompts=(("sql_v9", DAYS), ("sql_v10", 6)),
        input_tokens=4_800,
        output_tokens=700,
        reasoning_share=0.5,
    ),
    Feature(
        tag="moderation.text",
        group="trust",
        calls_a_day=48,
        models=(("openai", "gpt-4o-mini", 2), ("mistral", "mistral-small-latest", 1)),
        prompts=(("moderation_v1", DAYS),),
        input_tokens=380,
        output_tokens=8,
        own_cache_share=0.06,
    ),
    Feature(
        tag="onboarding.assistant",
        group="growth",
        calls_a_day=24,
        models=(("openai", "gpt-5-mini", 3), ("google", "gemini-2.5-flash", 1)),
        prompts=(("onboard_v1", DAYS), ("onboard_v2", 3)),
        input_tokens=2_100,
        output_tokens=260,
        reasoning_share=0.2,
    ),
    Feature(
        tag="voice.call_notes",
        group="support",
        calls_a_day=12,
        models=(("mistral", "acme-call-notes-2", 1),),
        prompts=(("notes_v1", DAYS),),
        input_tokens=5_200,
        output_tokens=450,
    ),
)
"""`acme-call-notes-2` is the company's own fine-tune: no price book knows it."""

REGRESSED_PROMPT: Final = "reply_v8"
"""The prompt version that made calls longer and dearer: its examples were pasted in twice."""
REGRESSED_INPUT: Final = 1.9
REGRESSED_OUTPUT: Final = 1.55

SPIKE_FEATURE: Final = "docs.question"
SPIKE_DAYS_AGO: Final = 4
SPIKE_HOUR: Final = 14
SPIKE_CALLS: Final = 260
SPIKE_TENANT: Final = "copperfield"
"""A customer's script asked for the whole documentation in two hours."""

RUNAWAY_FEATURE: Final = "analytics.sql_agent"
RUNAWAY_USER: Final = "usr_c81d4e"
RUNAWAY_DAYS_AGO: Final = (1, 2)
RUNAWAY_CALLS: Final = 90
RUNAWAY_TENANT: Final = "finch"
RUNAWAY_GROWTH: Final = 450
"""An agent that fed its own answers back to itself, each call some hundred tokens longer than the last."""

TENANTS: Final = ("acme", "birch-and-co", "copperfield", "delta-air", "ebury", "finch", "gallery9", "harbour")
USERS_COUNT: Final = 140
UNKNOWN_USER_SHARE: Final = 0.07
UNKNOWN_TENANT_SHARE: Final = 0.12
ERROR_SHARE: Final = 0.018
ERRORS: Final = (
    ("rate_limit_exceeded", 5),
    ("timeout", 3),
    ("overloaded", 2),
    ("context_length_exceeded", 1),
)
RETRIED: Final = ("rate_limit_exceeded", "timeout", "overloaded")
"""Errors after which the company's code tries again."""


def feature(tag: str) -> Feature:
    """The feature with this tag."""
    return next(each for each in FEATURES if each.tag == tag)


def user_name(person: int) -> str:
    """A name such as the hashes that applications send."""
    return f"usr_{(person + 1) * 7_368_787 % 0xFFFFFF:06x}"
