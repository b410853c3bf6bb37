"""The price list over HTTP, for anybody: which names to send, and what they cost (contract 8)."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType

from farthing.actions.prices.list_prices import ROWS_MAX, list_prices
from farthing.api.given import GivenParts
from farthing.api.query import operation_with, query_parameter, whole_number
from farthing.prices.catalogue import PriceRow
from farthing.rules.roles import ANYBODY


class PriceList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`total` counts the models of all pages."""

    models: tuple[PriceRow, ...]
    total: int
    price_book_version: str


_TEXT: Final = Schema(type=OpenAPIType.STRING)
PARAMETERS: Final = (
    query_parameter("provider", "Only models of this provider.", _TEXT),
    query_parameter("q", "Only models with this in their name.", _TEXT),
    query_parameter("at", "What held then: a date or an instant with its offset.", _TEXT),
    query_parameter("limit", "How many models.", whole_number(1, ROWS_MAX)),
    query_parameter("offset", "How many models to pass over.", whole_number(0, ROWS_MAX)),
)


@get("/public/pricing-models", tags=["prices"], needs=ANYBODY, operation_class=operation_with(PARAMETERS))
async def pricing_models(request: Request[Any, Any, Any], parts: GivenParts) -> PriceList:
    """What models cost for a plain call, now or at another time."""
    page = list_prices(parts, request.query_params.multi_items())
    return PriceList(models=page.rows, total=page.total, price_book_version=parts.prices.book.version)
