"""The price list over HTTP, for anybody: which names to send, and what they cost (contract 8)."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get

from farthing.actions.errors import InvalidInputError
from farthing.actions.list_prices import ListedPrice, list_prices
from farthing.api.given import GivenParts
from farthing.rules.instants import instant
from farthing.rules.problems import FieldProblem

_PROVIDER: Final = "provider"
_PICO_PER_MICRO: Final = 1_000_000
"""Pico-dollars a token are millionths of a dollar a million tokens."""


class PriceItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A model's standard price, in USD a million tokens; null where it has none of that kind."""

    provider: str
    model: str
    input_price: float | None = msgspec.field(name="inputPricePer1MUsd")
    output_price: float | None = msgspec.field(name="outputPricePer1MUsd")
    effective_from: str | None
    aliases: tuple[str, ...]


class PriceList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Every model that has a price now."""

    models: list[PriceItem]
    total: int
    price_book_version: str


@get("/public/pricing-models", tags=["prices"])
async def pricing_models(request: Request[Any, Any, Any], parts: GivenParts) -> PriceList:
    """What each model costs now for a plain call; of one provider with `?provider=`."""
    listed = list_prices(parts.cards.book, parts.clock.now(), _provider(request))
    items = [_item(price) for price in listed]
    return PriceList(models=items, total=len(items), price_book_version=parts.cards.book.version)


def _provider(request: Request[Any, Any, Any]) -> str | None:
    """The one parameter. Raises InvalidInputError for any other."""
    given = request.query_params
    problem = f"is not a parameter here; known is {_PROVIDER}"
    others = [FieldProblem(name, problem) for name in given if name != _PROVIDER]
    if others:
        raise InvalidInputError(others)
    return given.get(_PROVIDER, "").strip().lower() or None


def _item(price: ListedPrice) -> PriceItem:
    return PriceItem(
        provider=price.provider,
        model=price.model,
        input_price=_usd_a_million(price.input_picousd),
        output_price=_usd_a_million(price.output_picousd),
        effective_from=None if price.effective_from is None else instant(price.effective_from),
        aliases=price.aliases,
    )


def _usd_a_million(picousd: int | None) -> float | None:
    return None if picousd is None else picousd / _PICO_PER_MICRO
