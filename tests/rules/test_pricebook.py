"""Which rates a call gets, and the reasons for none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from farthing.rules.matching import ProviderNames
from farthing.rules.price import DailyHours, ModelPrices, Price
from farthing.rules.pricebook import CardCache, PriceBook, PricedCall
from farthing.rules.ratecard import RateCard
from farthing.rules.usage import UNITS

PLAIN = Price(
    provider="openai",
    model="gpt",
    rates={"input_uncached": 10, "output_visible": 40, "cache_read": 1, "web_searches": 7},
    source_url="https://example.com/prices",
)
BATCH = replace(PLAIN, rates={"input_uncached": 5, "output_visible": 20}, tier="batch", keeps_standard=True)
FLEX = replace(PLAIN, rates={"input_uncached": 6}, tier="flex", start=1_000)
EU = replace(PLAIN, rates={"input_uncached": 11}, region="eu")
CALL = PricedCall("openai", "gpt", 5_000, 100)


def book_of(*prices: Price) -> PriceBook:
    return PriceBook(
        "v7",
        [ModelPrices(provider="openai", model="gpt", prices=prices)],
        [ProviderNames("openai"), ProviderNames("azure", sells_also=("openai",))],
    )


BOOK = book_of(PLAIN, BATCH, FLEX, EU)


def picousd(card: RateCard) -> dict[str, int]:
    return {unit: rate.picousd for unit, rate in card.rates.items()}


def test_a_card_carries_its_provenance() -> None:
    card = BOOK.rate_card(CALL)
    assert (card.provider, card.model, card.matched_by, card.price_book_version) == (
        "openai",
        "gpt",
        "exact",
        "v7",
    )
    rate = card.rates["input_uncached"]
    assert (rate.picousd, rate.price_id, rate.rule) == (10, "openai/gpt", "listed")
    assert rate.source_url == "https://example.com/prices"
    assert card.flags == ()


def test_rates_that_are_not_listed_fall_back_only_where_a_rule_says_so() -> None:
    card = BOOK.rate_card(CALL)
    assert picousd(card) == {
        "input_uncached": 10, "output_visible": 40, "cache_read": 1, "web_searches": 7,
        "reasoning": 40, "image_input": 10, "video_input": 10,
    }  # fmt: skip
    assert card.rates["reasoning"].rule == "output rate: reasoning has no rate of its own"
    writes = book_of(replace(PLAIN, rates={"cache_write_5m": 3})).rate_card(CALL)
    assert picousd(writes) == {"cache_write_5m": 3, "cache_write": 3}
    assert "5 minute rate" in writes.rates["cache_write"].rule


def test_an_own_rate_comes_before_a_fallback() -> None:
    card = book_of(replace(PLAIN, rates={"output_visible": 40, "reasoning": 3})).rate_card(CALL)
    assert card.rates["reasoning"].picousd == 3


def test_zero_means_unknown_unless_it_is_free() -> None:
    zero = replace(PLAIN, rates={"input_uncached": 0, "output_visible": 4})
    assert "input_uncached" not in book_of(zero).rate_card(CALL).rates
    free = book_of(replace(PLAIN, rates={}, is_free=True)).rate_card(CALL)
    assert picousd(free) == dict.fromkeys(UNITS, 0)
    assert {rate.rule for rate in free.rates.values()} == {"free"}


def test_batch_keeps_the_standard_rates_that_it_does_not_change() -> None:
    card = BOOK.rate_card(replace(CALL, is_batch=True))
    assert card.conditions == "tier=batch"
    assert picousd(card)["input_uncached"] == 5
    kept = card.rates["cache_read"]
    assert (kept.picousd, kept.price_id, kept.rule) == (
        1,
        "openai/gpt",
        "standard rate: batch has none of its own",
    )
    assert card.rates["reasoning"].picousd == 20


@pytest.mark.parametrize("tier", [None, "", "default", "Standard", "auto", "on_demand"])
def test_the_tier_that_everybody_gets_has_many_names(tier: str | None) -> None:
    assert BOOK.rate_card(replace(CALL, service_tier=tier)) == BOOK.rate_card(CALL)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"provider": "nobody"}, "unknown_provider"),
        ({"model": "gpt-9"}, "unknown_model"),
        ({"service_tier": "priority"}, "tier_not_priced"),
        ({"region": "mars"}, "region_not_priced"),
        ({"region": "eu", "is_batch": True}, "tier_not_priced"),
        ({"service_tier": "flex", "occurred_at": 999}, "no_price_at_time"),
        ({"provider": "azure", "is_batch": True}, "tier_not_priced"),
    ],
)
def test_no_rates_come_with_a_reason(change: dict[str, object], reason: str) -> None:
    card = BOOK.rate_card(replace(CALL, **change))
    assert (card.rates, card.reason) == ({}, reason)


def test_a_model_without_any_price_is_known_but_not_priced() -> None:
    assert book_of().rate_card(CALL).reason == "unit_not_priced"


def test_a_region_gets_its_own_price() -> None:
    assert picousd(BOOK.rate_card(replace(CALL, region=" EU ")))["input_uncached"] == 11
    assert BOOK.rate_card(replace(CALL, region="global")) == BOOK.rate_card(CALL)


def test_a_resold_model_says_whose_prices_it_has() -> None:
    card = BOOK.rate_card(replace(CALL, provider="azure"))
    assert (card.provider, card.matched_by, card.conditions) == ("openai", "prefix", "prices of openai")
    assert card.flags == ("low_confidence_model",)


def test_the_more_specific_price_comes_first() -> None:
    book = book_of(
        PLAIN,
        replace(PLAIN, rates={"input_uncached": 2}, hours=DailyHours(start=0, end=1)),
        replace(PLAIN, rates={"input_uncached": 3}, context_above=100),
        replace(PLAIN, rates={"input_uncached": 4}, context_above=200),
    )
    noon = replace(CALL, occurred_at=43_200_000)
    assert picousd(book.rate_card(CALL))["input_uncached"] == 2
    assert picousd(book.rate_card(noon))["input_uncached"] == 10
    assert picousd(book.rate_card(replace(noon, input_tokens=101)))["input_uncached"] == 3
    assert picousd(book.rate_card(replace(noon, input_tokens=201)))["input_uncached"] == 4


def test_a_warm_look_up_gives_the_same_object() -> None:
    cache = CardCache(BOOK)
    card = cache.rate_card(CALL)
    assert cache.rate_card(replace(CALL, occurred_at=3_599_999)) is card
    assert cache.rate_card(replace(CALL, occurred_at=3_600_000)) is card
    assert cache.rate_card(replace(CALL, model="GPT")) is card
    assert cache.rate_card(replace(CALL, model="x")) is cache.rate_card(replace(CALL, model="x"))


def test_a_cache_keeps_no_more_than_its_limit() -> None:
    cache = CardCache(BOOK, limit=10)
    for number in range(100):
        cache.rate_card(replace(CALL, model=f"model-{number}"))
    assert max(len(cache._by_hour), len(cache._cards)) <= 10
