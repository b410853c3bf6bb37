"""Looking into prices over HTTP: a model with all that is known of it, disagreements, and a quote."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType

from farthing.actions.prices.look_up import ROWS_MAX, look_up_disagreements, look_up_model
from farthing.actions.prices.manage_own_prices import emails_of_members
from farthing.actions.prices.quote_call import ACCOUNTINGS, COUNT_MAX, COUNTS, quote_call, quote_warnings
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.own_prices import AliasItem, OverrideItem, alias_item, override_item
from farthing.api.query import operation_with, query_parameter, whole_number
from farthing.prices.differences import KINDS, Difference
from farthing.prices.entries import EntryRow, RateRow, in_order
from farthing.prices.history import Step
from farthing.prices.quote import Quote
from farthing.rules.instants import instant
from farthing.rules.money import usd_number, usd_text
from farthing.rules.pricing import rate_unit, rate_usd_text, receipt
from farthing.rules.ratecard import MatchedBy, RateCard, Reason


class ModelAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A model at a time. `rates` are those of a plain call of this workspace, its own prices included.

    `reason` says why there are none. `entries` hold at the time, `steps` are all entries by start;
    `overrides` and `ownAliases` are the workspace's own.
    """

    provider: str
    model: str
    aliases: tuple[str, ...]
    matched_by: MatchedBy
    is_resold: bool
    at: str
    rates: tuple[RateRow, ...]
    reason: Reason | None
    entries: tuple[EntryRow, ...]
    steps: tuple[Step, ...]
    disagreements: tuple[Difference, ...]
    overrides: list[OverrideItem]
    own_aliases: list[AliasItem]
    price_book_version: str


class DisagreementList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """`total` and `model_count` are of all pages; `kinds` counts each kind, whichever was asked for."""

    differences: tuple[Difference, ...]
    total: int
    model_count: int
    kinds: dict[str, int]
    price_book_version: str


_TEXT: Final = Schema(type=OpenAPIType.STRING)
_AT: Final = query_parameter("at", "When: a date or an instant with its offset; now by default.", _TEXT)
_PROVIDER: Final = query_parameter("provider", "Who sells it, however it is spelled.", _TEXT)
_MODEL: Final = (
    _PROVIDER,
    query_parameter("model", "Its name, as it is sent to Farthing.", _TEXT),
    _AT,
)
_DISAGREEMENTS: Final = (
    query_parameter("provider", "Only this provider.", _TEXT),
    query_parameter("kind", "Only this kind.", Schema(type=OpenAPIType.STRING, enum=list(KINDS))),
    query_parameter("limit", "How many.", whole_number(1, ROWS_MAX)),
    query_parameter("offset", "How many to pass over.", whole_number(0, ROWS_MAX * ROWS_MAX)),
)
_QUOTE: Final = (
    query_parameter("provider", "Who is called; may be left out when one provider lists the model.", _TEXT),
    *_MODEL[1:],
    query_parameter("serviceTier", "The tier that the response names.", _TEXT),
    query_parameter("isBatch", "Part of a batch.", Schema(type=OpenAPIType.STRING, enum=["true", "false"])),
    query_parameter("region", "Where it is served.", _TEXT),
    query_parameter(
        "tokenAccounting",
        "Whether cached tokens are part of the input.",
        Schema(type=OpenAPIType.STRING, enum=list(ACCOUNTINGS)),
    ),
    *(query_parameter(name, f"As `{name}` at ingest.", whole_number(0, COUNT_MAX)) for name in COUNTS),
)


@get("/prices/model", tags=["prices"], operation_class=operation_with(_MODEL), needs="read")
async def model_prices(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> ModelAnswer:
    """What a name means and costs here, every entry of the model, its history, and what is own."""
    known = await look_up_model(parts, asker, request.query_params.multi_items())
    emails = await emails_of_members(parts, asker)
    return ModelAnswer(
        provider=known.entry.provider,
        model=known.entry.model,
        aliases=known.entry.aliases,
        matched_by=known.card.matched_by,
        is_resold=known.match.is_resold,
        at=instant(known.at),
        rates=card_rates(known.card),
        reason=known.card.reason,
        entries=known.holding,
        steps=known.steps,
        disagreements=known.differences,
        overrides=[override_item(each, emails.get(each.created_by)) for each in known.own],
        own_aliases=[alias_item(each, emails.get(each.created_by)) for each in known.aliases],
        price_book_version=known.card.price_book_version,
    )


@get("/prices/disagreements", tags=["prices"], operation_class=operation_with(_DISAGREEMENTS), needs="read")
async def disagreements(request: Request[Any, Any, Any], parts: GivenParts) -> DisagreementList:
    """Where the two catalogues behind the price book say different things, and which one stands."""
    found = await look_up_disagreements(parts, request.query_params.multi_items())
    return DisagreementList(
        differences=found.items,
        total=found.total,
        model_count=found.model_count,
        kinds=found.kinds,
        price_book_version=parts.prices.book.version,
    )


@get("/prices/quote", tags=["prices"], operation_class=operation_with(_QUOTE), needs="read")
async def price_quote(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> dict[str, Any]:
    """What a call would cost here, by this workspace's prices, with the lines that explain it."""
    return quote_answer(await quote_call(parts, asker, request.query_params.multi_items()))


HANDLERS: Final = (model_prices, disagreements, price_quote)


def card_rates(card: RateCard) -> tuple[RateRow, ...]:
    """The rates of a card, in the order of receipts."""
    return tuple(
        RateRow(
            unit=unit,
            rate_usd=rate_usd_text(unit, card.rates[unit].picousd),
            rate_unit=rate_unit(unit),
            rule=card.rates[unit].rule,
        )
        for unit in in_order(card.rates)
    )


def quote_answer(quoted: Quote) -> dict[str, Any]:
    """As the API answers for the receipt of a stored call."""
    card, cost, usage = quoted.card, quoted.cost, quoted.usage
    amount = cost.cost_picousd
    return {
        "provider": card.provider,
        "model": card.model,
        "modelSent": quoted.call.model,
        "occurredAt": instant(quoted.call.occurred_at),
        "costUsd": None if amount is None else usd_number(amount),
        "pricingStatus": cost.pricing_status,
        **receipt(cost),
        "conditions": card.conditions,
        "pricing": {
            "amountUsd": None if amount is None else usd_text(amount),
            "currency": "USD",
            "model": card.model,
            "matchedBy": card.matched_by,
            "priceBookVersion": card.price_book_version,
            "unpriced": msgspec.to_builtins(cost.unpriced),
        },
        "usage": {
            "buckets": usage.units,
            "accounting": usage.accounting,
            "accountingRule": usage.rule,
            "flags": quoted.flags,
        },
        "warnings": quote_warnings(quoted),
    }
