"""The price list that anybody may read: what each model costs at one time, for a plain call.

Pure over a price book. Prices under conditions (batch, flex, a long context, hours of the day) are not in it;
a receipt names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from farthing.rules.price import ModelPrices, Price, moment
from farthing.rules.pricebook import PriceBook, PricedCall
from farthing.rules.ratecard import Rate

_PICO_PER_MICRO: Final = 1_000_000
"""Pico-dollars a token are millionths of a dollar a million tokens."""


class PriceRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One model, ready for JSON. Prices are USD a million tokens, null where none is known.

    `effective_from` is ISO 8601 UTC, null when the book does not know since when. The cache write is the one
    of five minutes where a model has several.
    """

    provider: str
    model: str
    input_price: float | None = msgspec.field(name="inputPricePer1MUsd")
    output_price: float | None = msgspec.field(name="outputPricePer1MUsd")
    cached_input_price: float | None = msgspec.field(name="cachedInputPricePer1MUsd")
    cache_write_price: float | None = msgspec.field(name="cacheWritePricePer1MUsd")
    effective_from: str | None
    aliases: tuple[str, ...]
    source: str
    source_url: str | None
    price_id: str
    confidence: str


class PricePage(msgspec.Struct, frozen=True):
    """`rows` of one page, and how many there are on all pages."""

    rows: tuple[PriceRow, ...]
    total: int


class PriceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which rows. `at` is UTC milliseconds.

    `provider` is any spelling that the book knows; `q` is a part of a model's name or alias, whatever its
    case. `limit` None gives all from `offset` on.
    """

    at: int
    provider: str | None = None
    q: str | None = None
    limit: int | None = None
    offset: int = 0


def price_page(book: PriceBook, query: PriceQuery) -> PricePage:
    """The models that have a price at that time, by provider and name."""
    named = sorted(_named(book, query), key=lambda entry: (entry.provider, entry.model))
    rows = [row for row in (_row(book, entry, query.at) for entry in named) if row is not None]
    end = None if query.limit is None else query.offset + query.limit
    return PricePage(tuple(rows[query.offset : end]), len(rows))


def _named(book: PriceBook, query: PriceQuery) -> Iterator[ModelPrices]:
    provider = book.provider(query.provider) if query.provider is not None else None
    if query.provider is not None and provider is None:
        return
    part = (query.q or "").lower()
    for entry in book.models:
        if provider in (None, entry.provider) and any(
            part in name.lower() for name in (entry.model, *entry.aliases)
        ):
            yield entry


def _row(book: PriceBook, entry: ModelPrices, at: int) -> PriceRow | None:
    call = PricedCall(entry.provider, entry.model, at, input_tokens=0)
    found = book.find(call)
    if not found.entries:
        return None
    rates, price = book.card(found, call).rates, found.entries[0]
    return PriceRow(
        provider=entry.provider,
        model=entry.model,
        input_price=_usd(rates, "input_uncached"),
        output_price=_usd(rates, "output_visible"),
        cached_input_price=_usd(rates, "cache_read"),
        cache_write_price=_usd(rates, "cache_write"),
        effective_from=_since(price),
        aliases=entry.aliases,
        source=price.source,
        source_url=price.source_url,
        price_id=price.price_id,
        confidence=price.confidence,
    )


def _usd(rates: Mapping[str, Rate], unit: str) -> float | None:
    rate = rates.get(unit)
    return None if rate is None else rate.picousd / _PICO_PER_MICRO


def _since(price: Price) -> str | None:
    if price.start is None:
        return None
    text = moment(price.start)
    return text if text.endswith("Z") else f"{text}T00:00:00Z"
