"""What the rates of a new price book must be among themselves: possible, and in a sane proportion.

Real lists break these rules now and then. What the last book says already is therefore not refused anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from farthing.prices.faults import Fault, rate_fault
from farthing.rules.money import PICO_PER_USD
from farthing.rules.price import STANDARD, ModelPrices, Price, conditions

RATE_PICOUSD_MAX: Final = 1_000 * PICO_PER_USD
"""A thousand dollars for one unit: no list asks as much, a slip of the decimal point does."""

_BATCH: Final = "batch"
_PLAIN: Final = "input_uncached"
_CACHED: Final = "cache_read"


def unsound(entry: ModelPrices, before: ModelPrices | None) -> Iterator[Fault]:
    """The rates of a model that break a rule and that `before`, the same model in the last book, lacks."""
    known = {price.price_id: price for price in before.prices} if before is not None else {}
    fresh = {price.price_id for price in entry.prices if not is_known(price, known.get(price.price_id))}
    if not fresh:
        return
    for price in entry.prices:
        if price.price_id in fresh:
            yield from _too_high(price)
        for other in entry.prices:
            if {price.price_id, other.price_id} & fresh and overlap(price, other):
                yield from _cache_read_above_input(price, other)
                yield from _batch_above_standard(price, other)


def is_known(price: Price, before: Price | None) -> bool:
    """Whether `before` said all of it already. It may have ended sooner since, not later."""
    if before is None or not is_same(price, before):
        return False
    return before.end is None or (price.end is not None and price.end <= before.end)


def is_same(price: Price, other: Price) -> bool:
    """Whether two entries ask the same, whenever they hold."""
    return (
        price.rates == other.rates
        and price.is_free == other.is_free
        and price.keeps_standard == other.keeps_standard
        and price.hours == other.hours
        and conditions(price) == conditions(other)
    )


def overlap(price: Price, other: Price) -> bool:
    """Whether there is a time at which both hold."""
    (start, end), (other_start, other_end) = price.stretch, other.stretch
    return start < other_end and other_start < end


def _too_high(price: Price) -> Iterator[Fault]:
    for unit, picousd in price.rates.items():
        if picousd > RATE_PICOUSD_MAX:
            words = f"the rate of {unit} is above 1,000 USD for one"
            yield rate_fault(price, "rate_too_high", unit, RATE_PICOUSD_MAX, words)


def _cache_read_above_input(price: Price, other: Price) -> Iterator[Fault]:
    """`other` is the entry itself, or the standard one whose input rate it keeps."""
    is_own = other is price
    is_kept = price.keeps_standard and _PLAIN not in price.rates and _is_standard_of(other, price)
    limit = other.rates.get(_PLAIN)
    if (is_own or is_kept) and _is_above(price, _CACHED, limit):
        words = "a cache read costs more than plain input"
        yield rate_fault(price, "cache_read_above_input", _CACHED, limit, words)


def _batch_above_standard(price: Price, other: Price) -> Iterator[Fault]:
    if price.tier == _BATCH and _is_standard_of(other, price):
        for unit, limit in other.rates.items():
            if _is_above(price, unit, limit):
                words = f"the batch rate of {unit} is above the standard one"
                yield rate_fault(price, "batch_above_standard", unit, limit, words)


def _is_standard_of(other: Price, price: Price) -> bool:
    """Whether it is the standard tier's entry under otherwise the same conditions."""
    if other.tier != STANDARD or price.tier == STANDARD:
        return False
    return (other.region, other.context_above, other.hours) == (
        price.region,
        price.context_above,
        price.hours,
    )


def _is_above(price: Price, unit: str, limit: int | None) -> bool:
    return limit is not None and price.rates.get(unit, limit) > limit
