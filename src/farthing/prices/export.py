"""A price book as flat rows, one for each rate, for spreadsheets and other programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from farthing.prices.entries import by_start, entry_row
from farthing.rules.price import ModelPrices
from farthing.rules.pricebook import PriceBook


class ExportRow(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The rate of a unit in one entry: exact decimal text in USD for one `rate_unit`.

    `start` and `end` are ISO 8601 UTC, half open, null is open. A free entry has one row, without a unit.
    """

    provider: str
    model: str
    price_id: str
    tier: str
    region: str | None
    context_above: int
    conditions: str
    start: str | None
    end: str | None
    unit: str | None
    rate_usd: str
    rate_unit: str | None
    rule: str
    source: str
    source_url: str | None
    confidence: str


COLUMNS: Final = tuple(field.encode_name for field in msgspec.structs.fields(ExportRow))


def export(book: PriceBook, provider: str | None = None) -> Iterator[ExportRow]:
    """All rates of a book, or of one of its providers, by provider, model and start."""
    for entry in sorted(book.models, key=lambda each: (each.provider, each.model)):
        if provider in (None, entry.provider):
            yield from _rows(entry)


def _rows(entry: ModelPrices) -> Iterator[ExportRow]:
    for price in by_start(entry.prices):
        row = entry_row(price)
        rates: list[tuple[str | None, str, str | None, str]] = [
            (rate.unit, rate.rate_usd, rate.rate_unit, rate.rule) for rate in row.rates
        ]
        for unit, rate_usd, per, rule in rates or [(None, "0", None, "free")]:
            yield ExportRow(
                provider=entry.provider,
                model=entry.model,
                price_id=row.price_id,
                tier=row.tier,
                region=row.region,
                context_above=row.context_above,
                conditions=row.conditions,
                start=row.start,
                end=row.end,
                unit=unit,
                rate_usd=rate_usd,
                rate_unit=per,
                rule=rule,
                source=row.source,
                source_url=row.source_url,
                confidence=row.confidence,
            )
