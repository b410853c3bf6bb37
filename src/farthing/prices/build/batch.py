"""Batch prices of the past. genai-prices lists most of them only from the day it first looked."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, pairwise
from typing import Final

from msgspec.structs import replace

from farthing.prices.build.compare import Rates, agrees
from farthing.prices.build.dated import DatedModel
from farthing.rules.price import ALWAYS, STANDARD, Price

_BATCH: Final = "batch"


def earlier_batch(ours: tuple[Price, ...], other: DatedModel, now: int) -> list[Price]:
    """Batch entries of the other source for times before ours begin, or for all times where we have none.

    Only where both sources agree at `now` (UTC ms) on the standard tier and, as far as both know it, on
    batch; only back to where they cease to agree on the standard tier or the other has no evidence; and only
    the units that they agree on: the others keep the standard rate, as in our own entries.
    """
    starts = [price.start for price in ours if price.tier == _BATCH]
    own, theirs = Rates(ours), Rates(other.prices)
    own_batch, their_batch = own.at(now, _BATCH), theirs.at(now, _BATCH)
    if None in starts or (starts and not agrees(own_batch, their_batch)):
        return []
    until = min((start for start in starts if start is not None), default=ALWAYS[1])
    since = _agreed_since(own, theirs, other.evidence_start, min(until, now))
    if since is None:
        return []
    bounds = since, until
    kept = {unit for unit in their_batch if not starts or own_batch.get(unit) == their_batch[unit]}
    clipped = (_clipped(price, bounds) for price in other.prices if price.tier == _BATCH)
    return _joined(
        replace(
            price,
            model=ours[0].model,
            rates={unit: rate for unit, rate in price.rates.items() if unit in kept},
            keeps_standard=bool(starts),
        )
        for price in clipped
        if price is not None
    )


def _agreed_since(own: Rates, theirs: Rates, evidence_start: int, until: int) -> int | None:
    """How far back from `until` both have the same standard rates, or None when they differ already then."""
    plain = [price for price in chain(own.prices, theirs.prices) if price.tier == STANDARD]
    edges = {edge for price in plain for edge in (price.start, price.end) if edge is not None}
    since = None
    inner = sorted((edge for edge in edges if evidence_start < edge < until), reverse=True)
    for _, start in pairwise([until, *inner, evidence_start]):
        if not agrees(own.at(start), theirs.at(start)):
            break
        since = start
    return since


def _clipped(price: Price, bounds: tuple[int, int]) -> Price | None:
    start = max(bounds[0], ALWAYS[0] if price.start is None else price.start)
    end = min(bounds[1], ALWAYS[1] if price.end is None else price.end)
    return replace(price, start=start, end=None if end == ALWAYS[1] else end) if start < end else None


def _joined(prices: Iterable[Price]) -> list[Price]:
    """Neighbours that say the same, as one."""
    joined: list[Price] = []
    for price in prices:
        last = joined[-1] if joined else None
        if last is not None and last == replace(
            price, start=last.start, end=price.start, source_url=last.source_url
        ):
            joined[-1] = replace(last, end=price.end)
        else:
            joined.append(price)
    return joined
