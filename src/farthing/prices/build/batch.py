"""Batch prices of the past. genai-prices lists most of them only from the day it first looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from farthing.prices.build.compare import Rates, agrees
from farthing.rules.price import ALWAYS, Price

_BATCH: Final = "batch"


def earlier_batch(ours: tuple[Price, ...], theirs: tuple[Price, ...], now: int) -> Iterator[Price]:
    """Batch entries of the other source for times before ours begin, or for all times where we have none.

    Only where both sources agree at `now` (UTC ms), on the standard tier and on batch as far as both know
    it, and only the units that they agree on; the others then keep the standard rate as in our own entries.
    """
    starts = [price.start for price in ours if price.tier == _BATCH]
    own, other = Rates(ours), Rates(theirs)
    if None in starts or not agrees(own.at(now), other.at(now)):
        return
    own_batch, other_batch = own.at(now, _BATCH), other.at(now, _BATCH)
    if starts and not agrees(own_batch, other_batch):
        return
    until = min((start for start in starts if start is not None), default=ALWAYS[1])
    for price in theirs:
        if price.tier != _BATCH or (price.start or ALWAYS[0]) >= until:
            continue
        end = min(until, ALWAYS[1] if price.end is None else price.end)
        yield replace(
            price,
            model=ours[0].model,
            rates={
                unit: rate
                for unit, rate in price.rates.items()
                if not starts or own_batch.get(unit) == other_batch.get(unit)
            },
            keeps_standard=bool(starts),
            end=None if end == ALWAYS[1] else end,
        )
