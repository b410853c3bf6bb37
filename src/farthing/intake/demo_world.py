"""The invented company behind the demo: its features, their models, its people and its week.

What is odd about it, for people and reports to find, is `demo_planted`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

HOUR_WEIGHTS: Final = (2, 1, 1, 1, 1, 2, 4, 8, 14, 19, 21, 20, 15, 18, 21, 20, 18, 14, 10, 8, 7, 6, 5, 3)
"""How busy each hour of the UTC day is."""
ALWAYS: Final = 100_000
"""More days ago than any demo reaches."""
WEEKDAY_WEIGHTS: Final = (1.0, 1.08, 1.1, 1.05, 0.92, 0.42, 0.36)
"""How busy each day of the week is, from Monday."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One feature of the company's product.

    `models` are (provider, model, weight), `share` weighs it among all features. Token figures
    are typical sizes of one call. `prompts` are the prompt versions with the number of days ago since which
    each is in use, newest last. `is_batch` calls run at night at the batch price.
    """

    tag: str
    group: str
    share: int
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
        share=62,
        models=(("openai", "gpt-4o-mini", 1),),
        prompts=(("summarizer_v2", ALWAYS), ("summarizer_v3", 9)),
        input_tokens=900,
        output_tokens=180,
    ),
    Feature(
        tag="support.reply_draft",
        group="support",
        share=52,
        models=(("anthropic", "claude-sonnet-4-5", 5), ("anthropic", "claude-haiku-4-5", 1)),
        prompts=(("reply_v7", ALWAYS), ("reply_v8", 5)),
        input_tokens=3_400,
        output_tokens=420,
        cached_share=0.45,
    ),
    Feature(
        tag="support.triage",
        group="support",
        share=54,
        models=(("mistral", "mistral-small-latest", 4), ("openai", "gpt-4o-mini", 1)),
        prompts=(("triage_v4", ALWAYS),),
        input_tokens=620,
        output_tokens=24,
    ),
    Feature(
        tag="search.rerank",
        group="search",
        share=48,
        models=(("google", "gemini-2.5-flash", 1),),
        prompts=(("rerank_v1", ALWAYS), ("rerank_v2", 11)),
        input_tokens=2_600,
        output_tokens=60,
        own_cache_share=0.12,
    ),
    Feature(
        tag="docs.question",
        group="docs",
        share=34,
        models=(("anthropic", "claude-sonnet-4-5", 1),),
        prompts=(("docs_qa_v3", ALWAYS),),
        input_tokens=9_500,
        output_tokens=380,
        cached_share=0.75,
    ),
    Feature(
        tag="docs.nightly_digest",
        group="docs",
        share=18,
        models=(("openai", "gpt-4.1", 1),),
        prompts=(("digest_v1", ALWAYS),),
        input_tokens=6_200,
        output_tokens=900,
        is_batch=True,
    ),
    Feature(
        tag="code.review",
        group="code",
        share=14,
        models=(("anthropic", "claude-opus-4-5", 2), ("openai", "gpt-5-mini", 1)),
        prompts=(("review_v5", ALWAYS), ("review_v6", 8)),
        input_tokens=12_000,
        output_tokens=1_400,
        cached_share=0.3,
        reasoning_share=0.35,
    ),
    Feature(
        tag="sales.email_writer",
        group="sales",
        share=22,
        models=(("openai", "gpt-4.1", 3), ("mistral", "mistral-small-latest", 1)),
        prompts=(("outreach_v2", ALWAYS),),
        input_tokens=1_500,
        output_tokens=340,
    ),
    Feature(
        tag="analytics.sql_agent",
        group="analytics",
        share=26,
        models=(("google", "gemini-2.5-pro", 1),),
        prompts=(("sql_v9", ALWAYS), ("sql_v10", 6)),
        input_tokens=4_800,
        output_tokens=700,
        reasoning_share=0.5,
    ),
    Feature(
        tag="moderation.text",
        group="trust",
        share=48,
        models=(("openai", "gpt-4o-mini", 2), ("mistral", "mistral-small-latest", 1)),
        prompts=(("moderation_v1", ALWAYS),),
        input_tokens=380,
        output_tokens=8,
        own_cache_share=0.06,
    ),
    Feature(
        tag="onboarding.assistant",
        group="growth",
        share=24,
        models=(("openai", "gpt-5-mini", 3), ("google", "gemini-2.5-flash", 1)),
        prompts=(("onboard_v1", ALWAYS), ("onboard_v2", 3)),
        input_tokens=2_100,
        output_tokens=260,
        reasoning_share=0.2,
    ),
    Feature(
        tag="voice.call_notes",
        group="support",
        share=12,
        models=(("mistral", "acme-call-notes-2", 1),),
        prompts=(("notes_v1", ALWAYS),),
        input_tokens=5_200,
        output_tokens=450,
    ),
)
"""`acme-call-notes-2` is the company's own fine-tune: no price book knows it."""

TENANTS: Final = ("acme", "birch-and-co", "copperfield", "delta-air", "ebury", "finch", "gallery9", "harbour")
USERS_COUNT: Final = 140
"""Of the plain demo; a larger one has more, by the root of how much larger it is."""
GROWTH_A_DAY: Final = 0.002
"""The company has grown by so much of itself a day."""
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
