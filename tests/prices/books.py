"""Small price books to compare with each other."""

from __future__ import annotations

from typing import Any, Final

from msgspec.structs import replace

from farthing.prices.admission import Verdict, judge
from farthing.prices.lines import at
from farthing.rules.matching import ProviderNames
from farthing.rules.price import ModelPrices, Price
from farthing.rules.pricebook import PriceBook

TODAY: Final = at("2026-12-01")
USD: Final = 1_000_000
"""Pico-dollars a token of a dollar for a million."""


def price(rates: dict[str, float], start: str | None = None, end: str | None = None, **more: Any) -> Price:
    """An entry of p/m; rates in dollars for a million tokens, days as ISO 8601."""
    return Price(
        provider="p",
        model="m",
        rates={unit: round(usd * USD) for unit, usd in rates.items()},
        start=None if start is None else at(start),
        end=None if end is None else at(end),
        source="s",
        **more,
    )


def book(
    *prices: Price, aliases: tuple[str, ...] = (), providers: tuple[ProviderNames, ...] = ()
) -> PriceBook:
    """A book of the models of some prices; aliases belong to the model "m"."""
    models: dict[tuple[str, str], list[Price]] = {}
    for each in prices:
        models.setdefault((each.provider, each.model), []).append(each)
    entries = [
        ModelPrices(
            provider=provider, model=model, prices=tuple(listed), aliases=aliases if model == "m" else ()
        )
        for (provider, model), listed in models.items()
    ]
    return PriceBook("v", entries, providers)


def named(each: Price, model: str, provider: str = "p") -> Price:
    return replace(each, model=model, provider=provider)


def rules(before: PriceBook, after: PriceBook, now: int = TODAY) -> tuple[list[str], list[str]]:
    """The rules that are broken, and those that ask for a look."""
    verdict: Verdict = judge(before, after, now)
    return [fault.rule for fault in verdict.refused], [fault.rule for fault in verdict.to_confirm]
