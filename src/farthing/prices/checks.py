"""What a set of prices must be before anything is priced by it.

What a new book must be beside the one before it is `prices.soundness` and `prices.succession`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from farthing.prices.faults import Fault, entry_fault, rate_fault
from farthing.rules.price import ModelPrices, Price, moment
from farthing.rules.pricebook import REQUEST
from farthing.rules.usage import UNITS

_KNOWN_UNITS: Final = frozenset({*UNITS, REQUEST})
_DAY_MINUTES: Final = 1440


def faults(models: Iterable[ModelPrices]) -> Iterator[Fault]:
    """Everything that makes the prices unusable."""
    seen = set()
    for entry in models:
        if not entry.provider or not entry.model:
            yield _model_fault(entry, "name_empty", "the name of a provider or model is empty")
        if (entry.provider, entry.model) in seen:
            yield _model_fault(entry, "listed_twice", "listed twice")
        seen.add((entry.provider, entry.model))
        for price in entry.prices:
            yield from _rate_faults(price)
            yield from _condition_faults(price)
        if len(entry.prices) > 1:
            yield from _overlaps(entry.prices)


def _model_fault(entry: ModelPrices, rule: str, words: str) -> Fault:
    name = f"{entry.provider}/{entry.model}"
    return Fault(rule=rule, provider=entry.provider, model=entry.model, message=f"{name}: {words}")


def _rate_faults(price: Price) -> Iterator[Fault]:
    for unit, picousd in price.rates.items():
        if picousd < 0:
            yield rate_fault(price, "rate_negative", unit, 0, f"the rate of {unit} is {picousd}, below 0")
        elif picousd == 0 and not price.is_free:
            words = f"the rate of {unit} is 0, but nothing says that it is free"
            yield rate_fault(price, "rate_zero_not_free", unit, None, words)
        if unit not in _KNOWN_UNITS:
            yield rate_fault(price, "unit_unknown", unit, None, f"{unit} is no unit that Farthing counts")


def _condition_faults(price: Price) -> Iterator[Fault]:
    start, end, hours = price.start, price.end, price.hours
    if start is not None and end is not None and start >= end:
        words = "the end is not after the start"
        yield entry_fault(price, "dates_reversed", words, moment(end), moment(start))
    if price.context_above < 0:
        words = f"the context threshold is {price.context_above}, below 0"
        yield entry_fault(price, "threshold_negative", words, price.context_above, 0)
    if hours is not None and not (0 <= hours.start < _DAY_MINUTES and 0 <= hours.end <= _DAY_MINUTES):
        words = f"the hours {hours.start} to {hours.end} are not minutes of a day"
        yield entry_fault(price, "hours_impossible", words, f"{hours.start} to {hours.end}", _DAY_MINUTES)


def _overlaps(prices: tuple[Price, ...]) -> Iterator[Fault]:
    """Two entries for the same conditions at one time: which of them held could not be told."""
    by_conditions: dict[object, list[Price]] = {}
    for price in prices:
        hours = (price.hours.start, price.hours.end) if price.hours is not None else None
        by_conditions.setdefault((price.tier, price.region, price.context_above, hours), []).append(price)
    for alike in by_conditions.values():
        for first, second in pairwise(sorted(alike, key=_start)):
            if first.end is None or first.end > _start(second):
                words = f"starts before {first.price_id} ends"
                given, limit = (None if at is None else moment(at) for at in (second.start, first.end))
                yield entry_fault(second, "overlaps", words, given, limit)


def _start(price: Price) -> int:
    return price.stretch[0]
