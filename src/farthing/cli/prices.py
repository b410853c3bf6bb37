"""`farthing prices`: looking into a price book.

The release's own needs no installation; `--data` or `--database-url` asks for the book that holds in one.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

import msgspec
from cyclopts import Parameter, validators

from farthing.actions.prices.look_up import find_model, kinds_of
from farthing.cli.given import provider_given, time_given
from farthing.cli.place import HERE, Place, book_of
from farthing.cli.price_tables import (
    differences_table,
    heading,
    kinds_table,
    origins,
    other_source,
    price_list,
    providers_table,
    rates,
    steps_table,
)
from farthing.cli.tables import AsJson, tell, tell_address
from farthing.clock import SystemClock
from farthing.prices.catalogue import PriceQuery, price_page
from farthing.prices.differences import differences, model_differences
from farthing.prices.entries import applicable, entry_row, holding
from farthing.prices.history import history
from farthing.rules.instants import instant
from farthing.rules.matching import Match
from farthing.rules.price import ModelPrices
from farthing.rules.pricebook import PriceBook

_ROWS: Final = 50

Limit = Annotated[int, Parameter(validator=validators.Number(gte=1))]


def list_prices(
    *,
    provider: str | None = None,
    q: str | None = None,
    at: str | None = None,
    limit: Limit = _ROWS,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """What models cost for a plain call, in USD for a million tokens.

    Parameters
    ----------
    provider
        Only models of this provider, however it is spelled.
    q
        Only models with this in their name or an alias.
    at
        When, as ISO 8601; now by default.
    limit
        How many at most.
    as_json
        Print {"models", "total", "priceBookVersion"} as GET /v1/public/pricing-models does.
    """
    moment = time_given(at)
    book = book_of(place)
    query = PriceQuery(at=moment, provider=provider_given(book, provider), q=q, limit=limit)
    page = price_page(book, query)
    if as_json:
        rows = msgspec.to_builtins(page.rows)
        print(json.dumps({"models": rows, "total": page.total, "priceBookVersion": book.version}))
        return
    if page.rows:
        tell(price_list(page))
    rest = "" if len(page.rows) == page.total else "; --limit gives more"
    tell(f"{len(page.rows):,} of {page.total:,} models, prices of {instant(moment)}{rest}")


def show(
    provider: str, model: str, *, at: str | None = None, as_json: AsJson = False, place: Place = HERE
) -> None:
    """All entries of a model that hold at a time: plain, by tier, context, region and hour.

    Parameters
    ----------
    provider
        Who sells it, however it is spelled.
    model
        Its name, as it is sent to Farthing.
    at
        When, as ISO 8601; now by default.
    as_json
        Print it, with rates as exact decimal text.
    """
    moment = time_given(at)
    book = book_of(place)
    match, entry = find_model(book, provider, model)
    rows = [entry_row(price) for price in holding(applicable(entry.prices, match), moment)]
    doubts = tuple(model_differences(entry, moment))
    if as_json:
        told = {"at": instant(moment), "entries": rows, "disagreements": doubts}
        print(json.dumps(_named(book, match, entry) | msgspec.to_builtins(told)))
        return
    tell(heading(match, entry, instant(moment)), "")
    if rows:
        tell(rates(rows), "", origins(rows), "")
        for url in dict.fromkeys(row.source_url for row in rows if row.source_url):
            tell_address(url)
    else:
        tell("No entry holds at that time.")
    if doubts:
        tell("", differences_table(doubts), "", other_source(doubts))


def show_history(provider: str, model: str, *, as_json: AsJson = False, place: Place = HERE) -> None:
    """All entries of a model by start, and what each changed.

    Parameters
    ----------
    provider
        Who sells it, however it is spelled.
    model
        Its name, as it is sent to Farthing.
    as_json
        Print it, with rates as exact decimal text.
    """
    book = book_of(place)
    match, entry = find_model(book, provider, model)
    steps = history(applicable(entry.prices, match))
    if as_json:
        print(json.dumps(_named(book, match, entry) | {"steps": msgspec.to_builtins(steps)}))
        return
    tell(heading(match, entry, None), "")
    tell(steps_table(steps) if steps else "The book has no price for it.")


def check(*, provider: str | None = None, as_json: AsJson = False, place: Place = HERE) -> None:
    """Where the two catalogues behind the book disagree. docs/prices.md says which one stands.

    Parameters
    ----------
    provider
        Only this provider, with each difference.
    as_json
        Print the counts and all differences.
    """
    book = book_of(place)
    name = provider_given(book, provider)
    found = differences(book, name, SystemClock().now())
    models = len({(each.provider, each.model) for each in found})
    if as_json:
        told = {
            "total": len(found),
            "modelCount": models,
            "kinds": kinds_of(found),
            "differences": msgspec.to_builtins(found),
            "priceBookVersion": book.version,
        }
        print(json.dumps(told))
        return
    tell(f"{len(found)} differences between the sources, in {models} models")
    if found:
        tell("", kinds_table(kinds_of(found)), "")
        if name is None:
            tell(providers_table(found), "", "--provider shows each difference.")
        else:
            tell(differences_table(found), "", other_source(found))


def _named(book: PriceBook, match: Match, entry: ModelPrices) -> dict[str, Any]:
    return {
        "provider": entry.provider,
        "model": entry.model,
        "aliases": entry.aliases,
        "matchedBy": match.matched_by,
        "isResold": match.is_resold,
        "priceBookVersion": book.version,
    }
