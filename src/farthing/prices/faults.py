"""What is wrong with one row of a price book: which, by which rule, with the numbers."""

from __future__ import annotations

from typing import Final

import msgspec

from farthing.rules.price import Price
from farthing.rules.pricing import rate_unit, rate_usd_text

RULES: Final = {
    "name_empty": "A provider and a model have a name.",
    "listed_twice": "A model of a provider is listed once.",
    "unit_unknown": "A rate is for a unit that Farthing counts.",
    "rate_not_whole": "A rate is a whole number of pico-dollars: a dollar has twelve decimals.",
    "rate_negative": "No rate is below 0.",
    "rate_zero_not_free": "A rate of 0 is of an entry that says that it is free.",
    "rate_too_high": "No rate is above 1,000 USD for one unit.",
    "dates_reversed": "An entry ends after it starts.",
    "threshold_negative": "No context threshold is below 0.",
    "hours_impossible": "Hours are minutes of a day.",
    "overlaps": "Of two entries under the same conditions one ends before the other starts.",
    "cache_read_above_input": "A cache read costs no more than plain input.",
    "batch_above_standard": "Batch costs no more than the standard tier.",
    "provider_missing": "A provider keeps its names, and what it sells of others.",
    "model_missing": "No model is deleted.",
    "name_missing": "No name of a model is deleted; it may come to mean another one.",
    "entry_missing": "No entry that has begun is deleted.",
    "entry_changed": "An entry that has begun asks what it asked; a changed price is a further entry.",
    "time_missing": "Where an entry ends sooner than it did, others follow without a gap.",
    "past_changed": "A new entry begins more than a day ago, where another held, only with --confirm.",
    "announcement_changed": "An entry that has not begun changes or goes only with --confirm.",
    "changed_threefold": "A rate changes more than threefold, or to free or from it, only with --confirm.",
}
"""Every rule by its name, and what it asks."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A row that breaks one of the RULES; as text a sentence that names it.

    `given` is what the row says and `limit` what it is held against: rates as exact decimal text in USD for
    one `rate_unit`, else counts, times or names; null where the rule knows no such thing.
    """

    rule: str
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


def rate_fault(price: Price, rule: str, unit: str, limit: int | None, words: str) -> Fault:
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


def entry_fault(price: Price, rule: str, words: str, given: object = None, limit: object = None) -> Fault:
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
