"""How the prices of one model came to be what they are: its entries by start, and what each changed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from farthing.prices.entries import EntryRow, by_start, entry_row, in_order
from farthing.rules.price import Price, conditions
from farthing.rules.pricing import rate_unit, rate_usd_text


class Change(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A unit whose rate is another than before, in USD for one `rate_unit`; null where it had or has none."""

    unit: str
    before_usd: str | None
    after_usd: str | None
    rate_unit: str


class Step(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry, and how it differs from the last one under the same conditions.

    `follows` is that one's price id, null for the first under its conditions, which changed nothing.
    `begins_later`: between the two no entry held under these conditions.
    """

    entry: EntryRow
    follows: str | None
    begins_later: bool
    changes: tuple[Change, ...]


def history(prices: Iterable[Price]) -> tuple[Step, ...]:
    """All entries by start."""
    last: dict[str, Price] = {}
    steps = []
    for price in by_start(prices):
        before = last.get(conditions(price))
        steps.append(_step(before, price))
        last[conditions(price)] = price
    return tuple(steps)


def _step(before: Price | None, price: Price) -> Step:
    if before is None:
        return Step(entry=entry_row(price), follows=None, begins_later=False, changes=())
    units = in_order(before.rates.keys() | price.rates)
    return Step(
        entry=entry_row(price),
        follows=before.price_id,
        begins_later=before.end != price.start,
        changes=tuple(
            change_of(unit, before.rates.get(unit), price.rates.get(unit))
            for unit in units
            if before.rates.get(unit) != price.rates.get(unit)
        ),
    )


def change_of(unit: str, before: int | None, after: int | None) -> Change:
    """From one rate to another, in pico-dollars; None where there is none."""
    return Change(
        unit=unit,
        before_usd=None if before is None else rate_usd_text(unit, before),
        after_usd=None if after is None else rate_usd_text(unit, after),
        rate_unit=rate_unit(unit),
    )
