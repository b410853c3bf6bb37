"""The raw usage object of a call: in place of the flat fields, or beside them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from farthing.intake.call import Call, read_call
from farthing.intake.llm_request import Sender, Understood, understand
from farthing.prices.snapshot import load_price_book
from farthing.rules.pricebook import CardCache
from farthing.rules.problems import FieldProblem

NOW: Final = 1_770_459_300_000
OPENAI: Final = {
    "prompt_tokens": 1000,
    "completion_tokens": 200,
    "total_tokens": 1200,
    "prompt_tokens_details": {"cached_tokens": 600},
}
ANTHROPIC: Final = {
    "input_tokens": 100,
    "output_tokens": 50,
    "cache_read_input_tokens": 900,
    "cache_creation_input_tokens": 30,
    "cache_creation": {"ephemeral_5m_input_tokens": 10, "ephemeral_1h_input_tokens": 20},
    "server_tool_use": {"web_search_requests": 2},
    "service_tier": "standard",
}
CLAUDE: Final = {"provider": "anthropic", "model": "claude-sonnet-4-5", "usage": ANTHROPIC}


@pytest.fixture(scope="module")
def cards() -> CardCache:
    return CardCache(load_price_book())


def send(cards: CardCache, **fields: Any) -> Understood | list[FieldProblem]:
    body = {"provider": "openai", "model": "gpt-4o-mini", "status": "success"} | fields
    body |= {"dataMode": "real", "environment": "prod"}  # what is left out is flagged, too
    call = read_call(msgspec.json.encode(body))
    assert isinstance(call, Call), call
    return understand(call, Sender(7, 3, 2), NOW, cards)


def good(cards: CardCache, **fields: Any) -> Understood:
    read = send(cards, **fields)
    assert isinstance(read, Understood), read
    return read


def bad(cards: CardCache, **fields: Any) -> dict[str, str]:
    read = send(cards, **fields)
    assert isinstance(read, list), read
    return {problem.field: problem.message for problem in read}


def test_an_object_stands_in_for_all_flat_fields(cards: CardCache) -> None:
    event = good(cards, usage=OPENAI).event
    assert event.usage.units == {"input_uncached": 400, "cache_read": 600, "output_visible": 200}
    assert (event.usage.rule, event.usage.accounting) == ("openai_chat", "inclusive")
    assert event.total_tokens_sent == 1200
    assert event.cost_picousd == 400 * 150_000 + 600 * 75_000 + 200 * 600_000


def test_an_exclusive_object_says_so_and_keeps_its_lifetimes(cards: CardCache) -> None:
    usage = good(cards, **CLAUDE).event.usage
    assert usage.units == {
        "input_uncached": 100, "cache_read": 900, "cache_write_5m": 10, "cache_write_1h": 20,
        "output_visible": 50, "web_searches": 2,
    }  # fmt: skip
    assert (usage.rule, usage.accounting) == ("anthropic_messages", "exclusive")


@pytest.mark.parametrize(
    "flat",
    [
        {"inputTokens": 1030, "outputTokens": 50, "totalTokens": 1080},  # inclusive
        {"inputTokens": 100, "outputTokens": 50, "totalTokens": 150},  # as the object itself counts
        {"cachedInputTokens": 900, "cacheWriteTokens": 10, "cacheWrite1hTokens": 20, "webSearches": 2},
        {"cacheWriteTokens": 30, "serviceTier": "default", "reasoningTokens": 0},
    ],
)
def test_flat_fields_may_say_the_same_beside_it(cards: CardCache, flat: dict[str, Any]) -> None:
    assert good(cards, **CLAUDE, **flat).event.usage == good(cards, **CLAUDE).event.usage


@pytest.mark.parametrize(
    ("flat", "field", "told"),
    [
        ({"inputTokens": 1000}, "inputTokens", "(1000) and the usage object (1030) differ"),
        ({"outputTokens": 51}, "outputTokens", "(51) and the usage object (50) differ"),
        ({"totalTokens": 5}, "totalTokens", "(5) and the usage object (1080) differ"),
        ({"cachedInputTokens": 1}, "cachedInputTokens", "(1) and the usage object (900) differ"),
        ({"cacheWriteTokens": 20}, "cacheWriteTokens", "(20) and the usage object (10) differ"),
        ({"webSearches": 3}, "webSearches", "(3) and the usage object (2) differ"),
        ({"serviceTier": "priority"}, "serviceTier", "(priority) and the usage object (standard) differ"),
    ],
)
def test_flat_fields_that_say_otherwise_are_refused(
    cards: CardCache, flat: dict[str, Any], field: str, told: str
) -> None:
    assert bad(cards, **CLAUDE, **flat) == {field: told}
    flagged = good(cards, **CLAUDE, **flat, onInconsistent="flag").event.usage
    assert flagged.flags == ("usage_inconsistent",)
    assert flagged.units == good(cards, **CLAUDE).event.usage.units


@pytest.mark.parametrize(
    ("sent", "field", "told"),
    [
        ({"usage": {}}, "usage", "is of no known shape: it is empty"),
        ({"usage": {"tokens": 5, "words": 3}}, "usage", "it has the fields tokens, words"),
        ({"usage": 7}, "usage", "must be the provider's usage object"),
        ({"usage": [OPENAI]}, "usage", "must be the provider's usage object"),
        ({"usage": OPENAI, "usageFormat": "claude"}, "usageFormat", "must be one of "),
        (
            {"usage": OPENAI, "usageFormat": "anthropic_messages"},
            "usage",
            "lacks input_tokens, output_tokens of anthropic_messages",
        ),
        ({"usageFormat": "openai_chat", "inputTokens": 1, "outputTokens": 1}, "usageFormat", "usage object"),
        ({"usage": OPENAI | {"prompt_tokens": -1}}, "usage.prompt_tokens", "(-1) must be from 0"),
        ({"usage": OPENAI | {"prompt_tokens": "9"}}, "usage.prompt_tokens", '("9") must be a whole number'),
        ({"usage": OPENAI | {"prompt_tokens": 1.5}}, "usage.prompt_tokens", "(1.5) must be a whole number"),
        ({"usage": OPENAI | {"prompt_tokens": True}}, "usage.prompt_tokens", "(true) must be a whole number"),
        ({"usage": OPENAI | {"prompt_tokens": [9]}}, "usage.prompt_tokens", "(an array) must be a whole"),
        ({"usage": OPENAI | {"prompt_tokens": 2**60}}, "usage.prompt_tokens", "must be from 0 to"),
        (
            {"usage": OPENAI | {"prompt_tokens_details": 3}},
            "usage.prompt_tokens_details",
            "must be an object",
        ),
        (
            {"usage": OPENAI | {"prompt_tokens": 500}},
            "usage.prompt_tokens_details.cached_tokens",
            "usage.prompt_tokens_details.cached_tokens (600) exceeds usage.prompt_tokens (500)",
        ),
    ],
)
def test_what_is_wrong_with_an_object_is_named(
    cards: CardCache, sent: dict[str, Any], field: str, told: str
) -> None:
    assert told in bad(cards, **sent)[field]


def test_a_contradiction_inside_the_object_can_be_flagged_too(cards: CardCache) -> None:
    usage = good(cards, usage=OPENAI | {"prompt_tokens": 500}, onInconsistent="flag").event.usage
    assert usage.units == {"cache_read": 600, "output_visible": 200}
    assert usage.flags == ("usage_inconsistent", "total_differs")


def test_the_tier_and_the_batch_that_the_object_names_decide_the_price(cards: CardCache) -> None:
    in_batch = good(cards, **(CLAUDE | {"usage": ANTHROPIC | {"service_tier": "batch"}})).event
    assert in_batch.extra == {"isBatch": True}
    assert in_batch.rate_card == good(cards, **CLAUDE, isBatch=True).event.rate_card
    assert in_batch.rate_card != good(cards, **CLAUDE).event.rate_card
    priority = good(cards, **(CLAUDE | {"usage": ANTHROPIC | {"service_tier": "priority"}})).event
    assert priority.extra == {"serviceTier": "priority"}
    assert priority.pricing_status == "unpriced"


def test_a_call_with_neither_is_told_of_both_ways(cards: CardCache) -> None:
    told = bad(cards)
    assert told["inputTokens"] == told["outputTokens"] == "is required, or a usage object"


def test_searches_are_taken_from_the_flat_field_where_the_object_has_no_word_for_them(
    cards: CardCache,
) -> None:
    assert good(cards, usage=OPENAI, webSearches=3).event.usage.units["web_searches"] == 3


def test_a_total_without_a_split_is_kept_beside_units_that_are_no_tokens(cards: CardCache) -> None:
    usage = good(cards, totalTokens=100, webSearches=1).event.usage
    assert usage.units == {"input_uncached": 100, "web_searches": 1}
    assert usage.flags == ("unsplit",)


def test_more_cache_writes_by_lifetime_than_in_all_cannot_be(cards: CardCache) -> None:
    usage = ANTHROPIC | {"cache_creation_input_tokens": 3}
    told = bad(cards, **(CLAUDE | {"usage": usage}))
    assert told["usage.cache_creation.ephemeral_5m_input_tokens"].endswith(
        "exceeds usage.cache_creation_input_tokens (3)"
    )
    flagged = good(cards, **(CLAUDE | {"usage": usage}), onInconsistent="flag").event.usage
    assert flagged.units == good(cards, **CLAUDE).event.usage.units
    assert flagged.flags == ("usage_inconsistent",)


def test_a_cost_of_the_call_comes_before_that_of_its_object(cards: CardCache) -> None:
    usage = OPENAI | {"cost": 0.001, "cost_details": {"upstream_inference_cost": 0.02}, "is_byok": True}
    assert good(cards, usage=usage).event.reported_cost_picousd == 21 * 10**9
    assert good(cards, usage=usage, reportedCostUsd="0.001").event.reported_cost_picousd == 10**9


@pytest.mark.parametrize("amount", ["1e999999", "sNaN", "NaN", "-0.1", "1e-9999999", "9223373"])
def test_an_amount_that_cannot_be_is_refused_and_crashes_nothing(cards: CardCache, amount: str) -> None:
    sent = {"inputTokens": 1, "outputTokens": 1, "reportedCostUsd": amount}
    if amount == "1e-9999999":
        assert good(cards, **sent).event.reported_cost_picousd == 0
    else:
        assert "must be from 0 to 9223372 USD" in bad(cards, **sent)["reportedCostUsd"]
