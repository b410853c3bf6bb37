"""From what a call used to charges as FOCUS has them: one for each unit that has a price.

What has no price makes no charge, because FOCUS knows no unknown cost; the file says beside its rows how many
calls and tokens that leaves out. A hit of the application's own cache is nothing that a provider charges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import msgspec

from farthing.rules.focus import AI, GENERATIVE_AI
from farthing.rules.money import PICO_PER_USD
from farthing.rules.pricebook import REQUEST
from farthing.rules.pricing import price_usage, rate_unit, rate_usd_text
from farthing.rules.ratecard import Rate, RateCard
from farthing.rules.usage import TokenUsage, is_token_unit

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
TAG_PREFIX: Final = "farthing/"
"""Before the names of tags that are no sender's."""
_PER_MILLION: Final = 1_000_000
_NOUNS: Final = {
    "web_searches": "Searches",
    "tool_calls": "Tool Calls",
    "search_units": "Search Units",
    "pages": "Pages",
    "audio_seconds": "Seconds",
    REQUEST: "Requests",
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ENCODER: Final = msgspec.json.Encoder(order="deterministic")


Charge = tuple[str, int, Rate]
"""A unit, how many of it, and its rate."""


def charges(usage: TokenUsage, card: RateCard, status: str, cost_picousd: int | None) -> list[Charge]:
    """The charges of a call; they add up to `cost_picousd`, whatever made that.

    Where the receipt says otherwise, which a cost can that was set by hand, the whole call is one charge.
    """
    if cost_picousd is None or (status == "cache_hit" and cost_picousd == 0):
        return []
    lines = price_usage(usage, card, is_error=status == "error").lines
    if sum(line.amount_picousd for line in lines) == cost_picousd:
        return [(line.unit, line.count, line.rate) for line in lines]
    return [(REQUEST, 1, Rate(cost_picousd, "as stored", rule="as stored"))]


def tags_text(ours: Mapping[str, str | None], theirs: Mapping[str, object]) -> str:
    """The Tags of a charge: the sender's as they are, ours with their prefix; missing ones are left out."""
    named = {f"{TAG_PREFIX}{name}": value for name, value in ours.items() if value is not None}
    return _ENCODER.encode({**{name: str(value) for name, value in theirs.items()}, **named}).decode()


@lru_cache(maxsize=20_000)
def priced_part(provider: str, model: str, unit: str, rate: Rate, conditions: str) -> dict[str, Any]:
    """What all charges of a unit at a rate have in common; decimals count 1e-12."""
    per = _PER_MILLION if is_token_unit(unit) else 1
    price = rate.picousd * per
    region = _condition(conditions, "region")
    details = {f"x_{name}": value for name, value in _conditions(conditions)}
    listed = rate_usd_text(unit, rate.picousd)
    return {
        "BillingCurrency": "USD",
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{model}, {unit.replace('_', ' ')}, {listed} USD per {rate_unit(unit)}",
        "ChargeFrequency": "Usage-Based",
        "ConsumedUnit": "Tokens" if is_token_unit(unit) else _NOUNS[unit],
        "ContractedUnitPrice": price,
        "HostProviderName": provider,
        "InvoiceDetailId": None,
        "InvoiceId": None,
        "InvoiceIssuerName": provider,
        "ListUnitPrice": price,
        "PricingCategory": "Standard",
        "PricingUnit": "1000000 Tokens" if is_token_unit(unit) else _NOUNS[unit],
        "ProviderName": provider,
        "PublisherName": provider,
        "RegionId": region,
        "RegionName": region,
        "ServiceCategory": AI,
        "ServiceName": f"{provider} API",
        "ServiceProviderName": provider,
        "ServiceSubcategory": GENERATIVE_AI,
        "SkuId": f"{provider}/{model}/{unit}",
        "SkuMeter": unit.replace("_", " ").title(),
        "SkuPriceDetails": _ENCODER.encode(details).decode() if details else None,
        "SkuPriceId": f"{rate.price_id}/{unit}",
        "x_Model": model,
        "x_Unit": unit,
    }


def counted_part(unit: str, count: int, rate: Rate) -> dict[str, Any]:
    """What follows from the count; decimals count 1e-12."""
    cost = count * rate.picousd
    quantity = count * PICO_PER_USD // (_PER_MILLION if is_token_unit(unit) else 1)
    costs = dict.fromkeys(("BilledCost", "ContractedCost", "EffectiveCost", "ListCost"), cost)
    return {**costs, "ConsumedQuantity": count * PICO_PER_USD, "PricingQuantity": quantity}


def period_part(at: int, length_ms: int) -> dict[str, Any]:
    """The hour or day (UTC) that an instant is in, and the month that this is billed with."""
    start = at - at % length_ms
    month = _month(start // DAY_MS)
    return {
        "BillingPeriodStart": month[0],
        "BillingPeriodEnd": month[1],
        "ChargePeriodStart": start,
        "ChargePeriodEnd": start + length_ms,
    }


@lru_cache(maxsize=4096)
def _month(day: int) -> tuple[int, int]:
    """UTC milliseconds of the month that a day since 1970 is in."""
    first = (_EPOCH + timedelta(days=day)).replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return (first - _EPOCH) // timedelta(milliseconds=1), (after - _EPOCH) // timedelta(milliseconds=1)


def _conditions(conditions: str) -> Iterable[tuple[str, str]]:
    """`tier=batch;above=200000` as pairs."""
    for part in conditions.split(";") if conditions else ():
        name, _, value = part.partition("=")
        yield name.capitalize(), value


def _condition(conditions: str, name: str) -> str | None:
    return next((value for each, value in _conditions(conditions) if each == name.capitalize()), None)
