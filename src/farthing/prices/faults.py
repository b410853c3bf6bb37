"""What is wrong with one row of a price book: which, by which rule, with the numbers."""

from __future__ import annotations

from typing import Literal

import msgspec

from farthing.rules.price import Price
from farthing.rules.pricing import rate_unit, rate_usd_text

Rule = Literal[
    "name_empty",
    "listed_twice",
    "unit_unknown",
    "rate_negative",
    "rate_zero_not_free",
    "rate_too_high",
    "rate_not_whole",
    "dates_reversed",
    "threshold_negative",
    "hours_impossible",
    "overlaps",
    "cache_read_above_input",
    "batch_above_standard",
    "provider_missing",
    "model_missing",
    "name_missing",
    "entry_missing",
    "entry_changed",
    "time_missing",
    "announcement_changed",
    "changed_threefold",
]
"""Every rule by its name; docs/prices.md says what each asks."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A row that breaks a rule; as text a sentence that names it.

    `given` is what the row says and `limit` what it is held against: rates as exact decimal text in USD for
    one `rate_unit`, else counts, times or names; null where the rule knows no such thing.
    """

    rule: Rule
    provider: str
    model: str
    message: str
    price_id: str | None = None
    unit: str | None = None
    given: str | None = None
    limit: str | None = None
    rate_unit: str | None = None

    def __str__(self) -> str:
        return self.message


def rate_fault(price: Price, rule: Rule, unit: str, limit: int | None, words: str) -> Fault:
    """About the rate of a unit, against another one in pico-dollars. `words` follow the entry's id."""
    given = price.rates.get(unit)
    return Fault(
        rule=rule,
        provider=price.provider,
        model=price.model,
        price_id=price.price_id,
        unit=unit,
        given=None if given is None else rate_usd_text(unit, given),
        limit=None if limit is None else rate_usd_text(unit, limit),
        rate_unit=rate_unit(unit),
        message=f"{price.price_id}: {words}",
    )


def entry_fault(price: Price, rule: Rule, words: str, given: object = None, limit: object = None) -> Fault:
    """About an entry as a whole."""
    return Fault(
        rule=rule,
        provider=price.provider,
        model=price.model,
        price_id=price.price_id,
        given=None if given is None else str(given),
        limit=None if limit is None else str(limit),
        message=f"{price.price_id}: {words}",
    )
