"""The price list over HTTP, for anybody: which names to send, and what they cost (contract 8)."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get

from farthing.actions.list_prices import list_prices
from farthing.api.given import GivenParts
from farthing.prices.catalogue import PriceRow
from farthing.rules.roles import ANYBODY


class PriceList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`total` counts the models of all pages."""

    models: tuple[PriceRow, ...]
    total: int
    price_book_version: str


@get("/public/pricing-models", tags=["prices"], needs=ANYBODY)
async def pricing_models(request: Request[Any, Any, Any], parts: GivenParts) -> PriceList:
    """What models cost for a plain call, now or `at` another time; `provider`, `q`, `limit`, `offset`."""
    page = list_prices(parts, request.query_params.multi_items())
    return PriceList(models=page.rows, total=page.total, price_book_version=parts.prices.book.version)
