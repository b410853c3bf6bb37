"""The public price list: rows, filters, pages, dates."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from farthing.prices.catalogue import PriceQuery, price_page
from farthing.rules.matching import ProviderNames
from farthing.rules.price import ModelPrices, Price
from farthing.rules.pricebook import PriceBook

MINI = Price(
    provider="openai",
    model="gpt-4o-mini",
    rates={"input_uncached": 150_000, "output_visible": 600_000, "cache_read": 75_000},
    source="somewhere",
    source_url="https://example.com",
)
BOOK = PriceBook(
    "v",
    [
        ModelPrices(
            provider="openai",
            model="gpt-4o-mini",
            aliases=("gpt-4o-mini-2024-07-18",),
            prices=(
                replace(MINI, end=1_000),
                replace(MINI, rates={"input_uncached": 100_000}, start=1_000),
            ),
        ),
        ModelPrices(provider="openai", model="audio-only", prices=()),
        ModelPrices(
            provider="anthropic",
            model="claude",
            prices=(
                replace(MINI, provider="anthropic", model="claude", rates={"cache_write_5m": 1_250_000}),
            ),
        ),
    ],
    [ProviderNames("openai", ("open-ai",)), ProviderNames("anthropic")],
)


def names(query: PriceQuery) -> list[str]:
    return [row.model for row in price_page(BOOK, query).rows]


def test_a_row_has_the_names_of_the_contract() -> None:
    page = price_page(BOOK, PriceQuery(at=999, provider="openai"))
    assert (page.total, len(page.rows)) == (1, 1)
    assert msgspec.to_builtins(page.rows[0]) == {
        "provider": "openai", "model": "gpt-4o-mini", "inputPricePer1MUsd": 0.15, "outputPricePer1MUsd": 0.6,
        "cachedInputPricePer1MUsd": 0.075, "cacheWritePricePer1MUsd": None, "effectiveFrom": None,
        "aliases": ("gpt-4o-mini-2024-07-18",), "source": "somewhere", "sourceUrl": "https://example.com",
        "priceId": "openai/gpt-4o-mini", "confidence": "single",
    }  # fmt: skip


def test_the_price_is_that_of_the_asked_time() -> None:
    row = price_page(BOOK, PriceQuery(at=1_000, provider="openai")).rows[0]
    assert (row.input_price, row.output_price) == (0.1, None)
    assert row.effective_from == "1970-01-01T00:00:01Z"


def test_a_five_minute_write_is_the_cache_write() -> None:
    assert price_page(BOOK, PriceQuery(at=0, provider="anthropic")).rows[0].cache_write_price == 1.25


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (PriceQuery(at=0), ["claude", "gpt-4o-mini"]),
        (PriceQuery(at=0, provider="Open AI"), ["gpt-4o-mini"]),
        (PriceQuery(at=0, provider="nobody"), []),
        (PriceQuery(at=0, q="MINI"), ["gpt-4o-mini"]),
        (PriceQuery(at=0, q="07-18"), ["gpt-4o-mini"]),
        (PriceQuery(at=0, q="audio"), []),
    ],
)
def test_rows_are_those_that_match_and_have_a_price(query: PriceQuery, found: list[str]) -> None:
    assert names(query) == found


def test_pages_follow_each_other() -> None:
    assert names(PriceQuery(at=0, limit=1)) == ["claude"]
    assert names(PriceQuery(at=0, limit=1, offset=1)) == ["gpt-4o-mini"]
    assert names(PriceQuery(at=0, limit=1, offset=2)) == []
    assert price_page(BOOK, PriceQuery(at=0, limit=1, offset=2)).total == 2
