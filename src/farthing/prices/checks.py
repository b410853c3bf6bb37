"""What a set of prices must be before anything is priced by it. Faults are sentences that name the entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Final

from farthing.rules.price import ALWAYS, ModelPrices, Price
from farthing.rules.pricebook import REQUEST
from farthing.rules.usage import UNITS

_KNOWN_UNITS: Final = frozenset({*UNITS, REQUEST})
_DAY_MINUTES: Final = 1440


def faults(models: Iterable[ModelPrices]) -> Iterator[str]:
    """Everything that makes the prices unusable."""
    seen = set()
    for entry in models:
        name = f"{entry.provider}/{entry.model}"
        if not entry.provider or not entry.model:
            yield f"{name}: the name of a provider or model is empty"
        if (entry.provider, entry.model) in seen:
            yield f"{name}: listed twice"
        seen.add((entry.provider, entry.model))
        for price in entry.prices:
            yield from _price_faults(price)
        if len(entry.prices) > 1:
            yield from _overlaps(entry.prices)


def _price_faults(price: Price) -> Iterator[str]:
    for unit, picousd in price.rates.items():
        if picousd < 0:
            yield f"{price.price_id}: the rate of {unit} is {picousd}, below 0"
        elif picousd == 0 and not price.is_free:
            yield f"{price.price_id}: the rate of {unit} is 0, but nothing says that it is free"
        if unit not in _KNOWN_UNITS:
            yield f"{price.price_id}: {unit} is no unit that Farthing counts"
    if price.start is not None and price.end is not None and price.start >= price.end:
        yield f"{price.price_id}: the end is not after the start"
    if price.context_above < 0:
        yield f"{price.price_id}: the context threshold is {price.context_above}, below 0"
    hours = price.hours
    if hours is not None and not (0 <= hours.start < _DAY_MINUTES and 0 <= hours.end <= _DAY_MINUTES):
        yield f"{price.price_id}: the hours {hours.start} to {hours.end} are not minutes of a day"


def _overlaps(prices: tuple[Price, ...]) -> Iterator[str]:
    """Two entries for the same conditions at one time: which of them held could not be told."""
    by_conditions: dict[object, list[Price]] = {}
    for price in prices:
        hours = (price.hours.start, price.hours.end) if price.hours is not None else None
        by_conditions.setdefault((price.tier, price.region, price.context_above, hours), []).append(price)
    for alike in by_conditions.values():
        for first, second in pairwise(sorted(alike, key=_start)):
            if first.end is None or first.end > _start(second):
                yield f"{second.price_id}: starts before {first.price_id} ends"


def _start(price: Price) -> int:
    return ALWAYS[0] if price.start is None else price.start
