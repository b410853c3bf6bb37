"""Rates of the past that genai-prices has wrong, for which there is better evidence than its word.

Each names what the package says; once it says something else, the correction does nothing, and a test asks
for its removal. docs/prices.md gives the evidence.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Final

import msgspec
from msgspec.structs import replace

from farthing.prices.build.genai import SOURCE, GenaiModel
from farthing.prices.lines import at
from farthing.rules.price import STANDARD, Price
from farthing.rules.pricing import rate_usd_text


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """The standard rate of one unit in the entry that ends with `end` (UTC ms)."""

    provider: str
    model: str
    end: int
    unit: str
    said_picousd: int
    picousd: int

    def applied(self, price: Price) -> Price:
        """The price with the right rate, and a receipt that says whose the other is; or as it is."""
        is_meant = (price.tier, price.end, price.rates.get(self.unit)) == (
            STANDARD,
            self.end,
            self.said_picousd,
        )
        if not is_meant:
            return price
        said = f"listed; {SOURCE} has {rate_usd_text(self.unit, self.said_picousd)}"
        return replace(
            price,
            rates=price.rates | {self.unit: self.picousd},
            rules=price.rules | {self.unit: said},
        )


CORRECTIONS: Final = (
    # It has the cached rate of after the price cut of 2025-06-10, by four fifths, for the time before it too.
    Correction(
        provider="openai",
        model="o3",
        end=at("2025-06-10"),
        unit="cache_read",
        said_picousd=500_000,
        picousd=2_500_000,
    ),
)


def corrected(model: GenaiModel, counts: Counter[str]) -> GenaiModel:
    """The model with its rates corrected, which are counted."""
    prices = model.prices
    for each in CORRECTIONS:
        if (each.provider, each.model) == (model.provider, model.model):
            prices = tuple(each.applied(price) for price in prices)
    if prices == model.prices:
        return model
    counts["rates of genai-prices corrected"] += sum(
        new != old for new, old in zip(prices, model.prices, strict=True)
    )
    return dataclasses.replace(model, prices=prices)
