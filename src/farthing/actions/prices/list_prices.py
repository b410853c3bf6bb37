"""The public price list: what models cost at one time, for a plain call (contract 8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import read_time
from farthing.prices.catalogue import PricePage, PriceQuery, price_page

KNOWN: Final = ("provider", "q", "at", "limit", "offset")
ROWS_MAX: Final = 10_000
_UTC: Final = ZoneInfo("UTC")


def list_prices(parts: Parts, pairs: Iterable[tuple[str, str]]) -> PricePage:
    """The rows that the parameters of a URL ask for: all models of today without any.

    Raises InvalidInputError with one problem per parameter.
    """
    parameters = Parameters(pairs)
    parameters.refuse_others(KNOWN)
    at = read_time(parameters, "at", _UTC)
    texts = {name: parameters.one(name) for name in ("provider", "q")}
    limit = parameters.whole("limit", 1, ROWS_MAX, ROWS_MAX)
    offset = parameters.whole("offset", 0, ROWS_MAX, 0)
    parameters.raise_problems()
    now = parts.clock.now()
    query = PriceQuery(at=now if at is None else at, limit=limit, offset=offset, **texts)
    return price_page(parts.prices.book, query)
