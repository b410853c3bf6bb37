"""Known calls with their exact costs.

Worked out in exact fractions, apart from the code under test, from the rates that providers publish (as
the two price packages and their notes quote them); each row names the provider's page. A cost here changes
only when it was wrong: prices of the past do not change.
"""

from __future__ import annotations

import pytest

from farthing.prices import load_price_book
from farthing.prices.lines import at
from farthing.rules.money import usd_text
from farthing.rules.pricebook import CardCache, PricedCall
from farthing.rules.pricing import price_usage
from farthing.rules.tokens import FlatTokens, read_flat_tokens
from farthing.rules.usage import TokenUsage

OPENAI = "https://developers.openai.com/api/docs/pricing"
ANTHROPIC = "https://platform.claude.com/docs/en/about-claude/pricing"
GOOGLE = "https://ai.google.dev/gemini-api/docs/pricing"
DEEPSEEK = "https://api-docs.deepseek.com/quick_start/pricing"
MISTRAL = "https://mistral.ai/pricing/api"
XAI = "https://docs.x.ai/docs/models"
BEDROCK = "https://aws.amazon.com/bedrock/pricing/"
COHERE = "https://cohere.com/pricing"
GROQ = "https://console.groq.com/docs/models"
VOYAGE = "https://docs.voyageai.com/docs/pricing"
MOONSHOT = "https://platform.kimi.ai/docs/pricing/chat.md"
PERPLEXITY = "https://docs.perplexity.ai/docs/getting-started/pricing"
OPENROUTER = "https://openrouter.ai/models"

CARDS = CardCache(load_price_book())

Row = tuple[str, str, str, FlatTokens, str, str]
"""Provider, model, time, usage, cost in dollars, source."""


STANDARD: list[Row] = [
    ("openai", "gpt-4o-mini", "2026-02-07T10:15:00Z", FlatTokens(120, 45), "0.000045000000", OPENAI),
    (
        "openai",
        "gpt-4o-mini-2024-07-18",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 200, cached_input_tokens=600),
        "0.000225000000",
        OPENAI,
    ),
    ("openai", "gpt-4o", "2026-02-07T10:15:00Z", FlatTokens(5000, 700), "0.019500000000", OPENAI),
    (
        "openai",
        "gpt-4o-2024-11-20",
        "2026-02-07T10:15:00Z",
        FlatTokens(5000, 700, cached_input_tokens=4096),
        "0.014380000000",
        OPENAI,
    ),
    ("openai", "gpt-4o-2024-05-13", "2026-02-07T10:15:00Z", FlatTokens(5000, 700), "0.035500000000", OPENAI),
    ("openai", "gpt-4-1", "2026-02-07T10:15:00Z", FlatTokens(123456, 7890), "0.310032000000", OPENAI),
    ("openai", "gpt-4-1-mini", "2026-02-07T10:15:00Z", FlatTokens(123456, 7890), "0.062006400000", OPENAI),
    ("openai", "gpt-4.1-nano", "2026-02-07T10:15:00Z", FlatTokens(1, 1), "0.000000500000", OPENAI),
    (
        "openai",
        "o3",
        "2025-06-09T23:59:59.999Z",
        FlatTokens(1000, 500, reasoning_tokens=300),
        "0.030000000000",
        OPENAI,
    ),
    (  # cached input cost a quarter before the change as after it
        "openai",
        "o3",
        "2025-06-09T23:59:59.999Z",
        FlatTokens(1000, 500, cached_input_tokens=400),
        "0.027000000000",
        OPENAI,
    ),
    (
        "openai",
        "o3",
        "2025-06-10T00:00:00Z",
        FlatTokens(1000, 500, reasoning_tokens=300),
        "0.006000000000",
        OPENAI,
    ),
    (
        "openai",
        "o4-mini",
        "2026-02-07T10:15:00Z",
        FlatTokens(2000, 3000, reasoning_tokens=2500, cached_input_tokens=1024),
        "0.014555200000",
        OPENAI,
    ),
    (
        "openai",
        "gpt-5",
        "2026-02-07T10:15:00Z",
        FlatTokens(10000, 2000, cached_input_tokens=8000, reasoning_tokens=1500),
        "0.023500000000",
        OPENAI,
    ),
    (
        "openai",
        "gpt-5-mini",
        "2026-11-01T00:00:00Z",
        FlatTokens(10000, 2000, web_searches=3),
        "0.036500000000",
        OPENAI,
    ),
    ("openai", "gpt-5.4", "2026-11-01T00:00:00Z", FlatTokens(272000, 1000), "0.695000000000", OPENAI),
    (
        "openai",
        "gpt-5.4",
        "2026-11-01T00:00:00Z",
        FlatTokens(272001, 1000, cached_input_tokens=1),
        "1.382500500000",
        OPENAI,
    ),
    ("openai", "gpt-5.6-sol", "2026-08-20T23:59:59Z", FlatTokens(12000, 900), "0.087000000000", OPENAI),
    (
        "openai",
        "gpt-5.6-sol",
        "2026-08-21T00:00:00Z",
        FlatTokens(192000, 900, cached_input_tokens=180000, cache_write_tokens=2000),
        "0.140000000000",
        OPENAI,
    ),
    (
        "openai",
        "text-embedding-3-small",
        "2026-02-07T10:15:00Z",
        FlatTokens(8191, 0),
        "0.000163820000",
        OPENAI,
    ),
    (
        "openai",
        "text-embedding-3-large",
        "2026-02-07T10:15:00Z",
        FlatTokens(8191, 0),
        "0.001064830000",
        OPENAI,
    ),
    (
        "openai",
        "gpt-4o-realtime-preview",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 800, audio_input_tokens=700, audio_output_tokens=600),
        "0.081500000000",
        OPENAI,
    ),
    (
        "openai",
        "ft:gpt-4o-mini-2024-07-18:acme::a1b2",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 1000),
        "0.001500000000",
        OPENAI,
    ),
    (
        "openai",
        "gpt-3.5-turbo-0613",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 1000),
        "0.003500000000",
        OPENAI,
    ),
    ("openai", "gpt-4-turbo", "2026-02-07T10:15:00Z", FlatTokens(1000, 1000), "0.040000000000", OPENAI),
    (
        "anthropic",
        "claude-sonnet-4.5",
        "2026-02-07T10:15:00Z",
        FlatTokens(200000, 100),
        "0.601500000000",
        ANTHROPIC,
    ),
    (
        "anthropic",
        "claude-sonnet-4.5",
        "2026-02-07T10:15:00Z",
        FlatTokens(200001, 100, cached_input_tokens=100000),
        "0.662256000000",
        ANTHROPIC,
    ),
    (
        "anthropic",
        "claude-haiku-4-5",
        "2026-02-07T10:15:00Z",
        FlatTokens(3456, 789, web_searches=2),
        "0.027401000000",
        ANTHROPIC,
    ),
    (
        "anthropic",
        "claude-opus-4-1-20250805",
        "2026-02-07T10:15:00Z",
        FlatTokens(3456, 789),
        "0.111015000000",
        ANTHROPIC,
    ),
    (
        "anthropic",
        "claude-opus-4-5",
        "2026-02-07T10:15:00Z",
        FlatTokens(3456, 789, cached_input_tokens=456),
        "0.034953000000",
        ANTHROPIC,
    ),
    (
        "anthropic",
        "claude-opus-4-6",
        "2026-03-12T23:59:59Z",
        FlatTokens(300000, 10),
        "3.000375000000",
        ANTHROPIC,
    ),
    (
        "anthropic",
        "claude-opus-4-6",
        "2026-03-13T00:00:00Z",
        FlatTokens(300000, 10),
        "1.500250000000",
        ANTHROPIC,
    ),
    (
        "anthropic",
        "claude-3-5-haiku-20241022",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 1000),
        "0.004800000000",
        ANTHROPIC,
    ),
    (
        "aws.bedrock",
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 1000),
        "0.019800000000",
        BEDROCK,
    ),
    (
        "aws.bedrock",
        "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 1000),
        "0.018000000000",
        BEDROCK,
    ),
    (
        "bedrock",
        "amazon.nova-lite-v1:0",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 1000),
        "0.000300000000",
        BEDROCK,
    ),
    (
        "gcp.gemini",
        "gemini-2.5-pro",
        "2026-02-07T10:15:00Z",
        FlatTokens(200000, 1000),
        "0.260000000000",
        GOOGLE,
    ),
    (
        "google",
        "gemini-2.5-pro",
        "2026-02-07T10:15:00Z",
        FlatTokens(200001, 1000, reasoning_tokens=900, cached_input_tokens=150000),
        "0.177502500000",
        GOOGLE,
    ),
    (
        "gemini",
        "gemini-2.5-flash",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500, audio_input_tokens=400, cached_input_tokens=100),
        "0.001803000000",
        GOOGLE,
    ),
    (
        "gcp.vertex_ai",
        "gemini-2.0-flash",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500, image_input_tokens=258),
        "0.000300000000",
        GOOGLE,
    ),
    ("google", "gemini-3.6-flash", "2027-01-01T00:00:00Z", FlatTokens(1000, 500), "0.005250000000", GOOGLE),
    (
        "google",
        "gemini-3.6-flash",
        "2026-12-31T23:59:59.999Z",
        FlatTokens(1000, 500),
        "0.002625000000",
        GOOGLE,
    ),
    (
        "deepseek",
        "deepseek-chat",
        "2025-07-01T12:00:00Z",
        FlatTokens(1000, 500, cached_input_tokens=640),
        "0.000692000000",
        DEEPSEEK,
    ),
    (
        "deepseek",
        "deepseek-reasoner",
        "2025-07-01T16:30:00Z",
        FlatTokens(1000, 500),
        "0.000411250000",
        DEEPSEEK,
    ),
    (
        "deepseek",
        "deepseek-v4-flash",
        "2026-11-23T09:59:59.999Z",
        FlatTokens(1000, 500),
        "0.000900000000",
        DEEPSEEK,
    ),
    (
        "deepseek",
        "deepseek-v4-flash",
        "2026-11-23T10:00:00Z",
        FlatTokens(1000, 500),
        "0.000450000000",
        DEEPSEEK,
    ),
    (
        "mistral",
        "mistral-large-2512",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500),
        "0.001250000000",
        MISTRAL,
    ),
    (
        "mistralai",
        "mistral-large-2411",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500),
        "0.005000000000",
        MISTRAL,
    ),
    (
        "xai",
        "grok-4-0709",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500, cached_input_tokens=512),
        "0.009348000000",
        XAI,
    ),
    ("x-ai", "grok-4.3", "2026-06-07T10:15:00Z", FlatTokens(200000, 500), "0.502500000000", XAI),
    ("moonshot", "kimi-k2.5", "2026-02-07T10:15:00Z", FlatTokens(1000, 500), "0.002100000000", MOONSHOT),
    ("cohere", "command-a", "2026-02-07T10:15:00Z", FlatTokens(1000, 500), "0.007500000000", COHERE),
    (
        "groq",
        "llama-3.3-70b-versatile",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500),
        "0.000985000000",
        GROQ,
    ),
    ("voyage", "voyage-3", "2026-02-07T10:15:00Z", FlatTokens(999, 0), "0.000059940000", VOYAGE),
    ("perplexity", "r1-1776", "2026-02-07T10:15:00Z", FlatTokens(1000, 500), "0.006000000000", PERPLEXITY),
    (
        "openrouter",
        "deepseek/deepseek-r1:free",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500),
        "0.000000000000",
        OPENROUTER,
    ),
    ("azure", "gpt-4o-mini", "2026-02-07T10:15:00Z", FlatTokens(120, 45), "0.000045000000", OPENAI),
    (
        "some-router",
        "anthropic/claude-haiku-4-5",
        "2026-02-07T10:15:00Z",
        FlatTokens(120, 45),
        "0.000345000000",
        ANTHROPIC,
    ),
]

TIERS: list[tuple[str, Row]] = [
    ("batch", ("openai", "o3", "2025-07-01T00:00:00Z", FlatTokens(1000, 500), "0.003000000000", OPENAI)),
    (
        "flex",
        (
            "openai",
            "gpt-5",
            "2026-11-01T00:00:00Z",
            FlatTokens(10000, 2000, cached_input_tokens=8000),
            "0.011750000000",
            OPENAI,
        ),
    ),
    (
        "priority",
        (
            "openai",
            "gpt-5",
            "2026-11-01T00:00:00Z",
            FlatTokens(10000, 2000, cached_input_tokens=8000),
            "0.047000000000",
            OPENAI,
        ),
    ),
    ("batch", ("openai", "gpt-5-nano", "2026-11-01T00:00:00Z", FlatTokens(7, 3), "0.000000775000", OPENAI)),
    (
        "batch",
        (
            "anthropic",
            "claude-opus-4-5",
            "2026-11-01T00:00:00Z",
            FlatTokens(1000, 1000, cache_write_tokens=500),
            "0.015312500000",
            ANTHROPIC,
        ),
    ),
]


def cost_of(row: Row, tier: str | None = None, *, is_exclusive: bool = False) -> str:
    provider, model, when, fields, _, source = row
    assert source.startswith("https://")
    usage = read_flat_tokens(fields, "exclusive" if is_exclusive else "inclusive")
    assert isinstance(usage, TokenUsage)
    call = PricedCall(provider, model, at(when), usage.input_tokens, tier, is_batch=tier == "batch")
    cost = price_usage(usage, CARDS.rate_card(call))
    assert cost.pricing_status == "priced"
    assert cost.cost_picousd is not None
    return usd_text(cost.cost_picousd)


@pytest.mark.parametrize("row", STANDARD, ids=lambda row: f"{row[0]}/{row[1]}@{row[2]}")
def test_a_known_call_costs_what_its_provider_publishes(row: Row) -> None:
    assert cost_of(row) == row[4]


@pytest.mark.parametrize(("tier", "row"), TIERS, ids=[f"{tier} {row[1]}" for tier, row in TIERS])
def test_a_known_call_of_another_tier_costs_what_its_provider_publishes(tier: str, row: Row) -> None:
    assert cost_of(row, tier) == row[4]


def test_cache_writes_of_two_lifetimes_beside_an_exclusive_input() -> None:
    row: Row = (
        "anthropic",
        "claude-sonnet-4-5-20250929",
        "2026-02-07T10:15:00Z",
        FlatTokens(1000, 500, cached_input_tokens=10000, cache_write_tokens=2000, cache_write_1h_tokens=3000),
        "0.039000000000",
        ANTHROPIC,
    )
    assert cost_of(row, is_exclusive=True) == row[4]


def test_the_table_is_large_enough() -> None:
    assert len(STANDARD) + len(TIERS) >= 40


@pytest.mark.parametrize(
    ("model", "when", "tier", "reason"),
    [
        ("o3", "2025-06-09T00:00:00Z", "batch", "no_price_at_time"),
        ("gpt-5", "2026-10-11T23:59:59Z", "flex", "no_price_at_time"),
        ("gpt-4o-mini", "2026-11-01T00:00:00Z", "flex", "tier_not_priced"),
        ("gpt-4o-mini-9000", "2026-11-01T00:00:00Z", None, "unknown_model"),
        ("ft:gpt-4.1:acme::a1b2", "2026-11-01T00:00:00Z", None, "unknown_model"),
    ],
)
def test_what_no_source_prices_is_not_priced(model: str, when: str, tier: str | None, reason: str) -> None:
    card = CARDS.rate_card(PricedCall("openai", model, at(when), 1, tier))
    assert (card.rates, card.reason) == ({}, reason)
