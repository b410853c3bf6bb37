"""Calls at every context threshold of the book and one token above it, and calls above 2^53 pico-dollars.

Rates are what providers publish, in USD for a million tokens; costs are worked out from them with fractions.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Final, NamedTuple

import pytest

from farthing.prices import load_price_book
from farthing.prices.lines import at
from farthing.rules.money import usd_text
from farthing.rules.pricebook import CardCache, PricedCall
from farthing.rules.pricing import price_usage
from farthing.rules.tokens import FlatTokens, read_flat_tokens
from farthing.rules.usage import TokenUsage
from tests.prices.test_golden import ANTHROPIC, GOOGLE, OPENAI, XAI

ALIBABA: Final = "https://www.alibabacloud.com/help/en/model-studio/model-pricing"
MINIMAX: Final = "https://platform.minimax.io/docs/guides/pricing-paygo"
NOVITA: Final = "https://novita.ai/pricing"
XIAOMI: Final = "https://github.com/sst/models.dev/commit/5e344ded49d8"
NOW: Final = "2026-11-01T00:00:00Z"


class Step(NamedTuple):
    """Rates of input and output up to a threshold, and above it."""

    threshold: int
    provider: str
    model: str
    when: str
    up_to: tuple[str, str]
    above: tuple[str, str]
    source: str


STEPS: Final = [
    Step(32_000, "alibaba", "qwen3-coder-480b-a35b-instruct", NOW, ("1.5", "7.5"), ("2.7", "13.5"), ALIBABA),
    Step(100_000, "anthropic", "claude-haiku-5-5", NOW, ("0.1", "0.5"), ("0.5", "2.5"), ANTHROPIC),
    Step(128_000, "google", "gemini-1.5-pro", "2025-01-10T00:00:00Z", ("1.25", "5"), ("2.5", "10"), GOOGLE),
    Step(199_999, "x_ai", "grok-4.3", NOW, ("1.25", "2.5"), ("2.5", "5"), XAI),
    Step(200_000, "anthropic", "claude-sonnet-4-5", NOW, ("3", "15"), ("6", "22.5"), ANTHROPIC),
    Step(256_000, "xiaomi", "mimo-v2.5", "2026-06-01T00:00:00Z", ("0.4", "2"), ("0.8", "4"), XIAOMI),
    Step(272_000, "openai", "gpt-5.4", NOW, ("2.5", "15"), ("5", "22.5"), OPENAI),
    Step(512_000, "minimax", "minimax-m3", NOW, ("0.3", "1.2"), ("0.6", "2.4"), MINIMAX),
    Step(524_288, "novita", "minimax/minimax-m3", NOW, ("0.3", "1.2"), ("0.6", "2.4"), NOVITA),
]
LARGE: Final = [
    ("openai", "gpt-4o", FlatTokens(4_000_000_000, 3), "10000.000030000000", OPENAI),
    ("openai", "gpt-4o", FlatTokens(3_602_879_701, 1), "9007.199262500000", OPENAI),
    ("openai", "o3", FlatTokens(2**42 + 1, 7, cached_input_tokens=2**41), "5497558.138938000000", OPENAI),
]
CARDS: Final = CardCache(load_price_book())


def cost_of(provider: str, model: str, when: str, fields: FlatTokens) -> str:
    usage = read_flat_tokens(fields)
    assert isinstance(usage, TokenUsage)
    cost = price_usage(usage, CARDS.rate_card(PricedCall(provider, model, at(when), usage.input_tokens)))
    assert cost.cost_picousd is not None
    return usd_text(cost.cost_picousd)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.threshold}-{step.provider}")
def test_one_token_above_a_threshold_all_tokens_cost_the_higher_price(step: Step) -> None:
    for tokens, rates in ((step.threshold, step.up_to), (step.threshold + 1, step.above)):
        exact = (tokens * Fraction(rates[0]) + 1_000 * Fraction(rates[1])) / 10**6
        told = cost_of(step.provider, step.model, step.when, FlatTokens(tokens, 1_000))
        assert Fraction(told) == exact


def test_no_threshold_of_the_book_is_left_out() -> None:
    assert tuple(step.threshold for step in STEPS) == load_price_book().thresholds


@pytest.mark.parametrize(("provider", "model", "fields", "usd", "source"), LARGE)
def test_a_cost_above_what_floats_count_is_exact(
    provider: str, model: str, fields: FlatTokens, usd: str, source: str
) -> None:
    assert Fraction(usd) * 10**12 > 2**53
    assert source.startswith("https://")
    assert cost_of(provider, model, NOW, fields) == usd
