"""What a build did and what a person should look at, as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from farthing.prices.build.compare import Rates
from farthing.rules.price import ModelPrices
from farthing.rules.pricing import rate_usd_text

_BIG_CHANGE: Final = 3
"""A rate that changes by more than this factor is rather a slip than a price."""
_WATCHED: Final = ("input_uncached", "output_visible")


def summary(models: Iterable[ModelPrices], counts: Mapping[str, int]) -> Iterator[str]:
    """Totals, then the differences between the sources by kind."""
    entries = tuple(models)
    prices = [price for entry in entries for price in entry.prices]
    owners = {entry.provider for entry in entries}
    yield f"{len(entries)} models of {len(owners)} providers, {len(prices)} prices"
    for what, count in sorted(counts.items()):
        yield f"  {count:5} {what}"
    kinds = Counter(item.kind for entry in entries for item in entry.disagreements)
    disputed = [entry for entry in entries if entry.disagreements]
    yield f"{kinds.total()} differences between the sources, in {len(disputed)} models"
    for kind, count in sorted(kinds.items()):
        units = Counter(item.unit for entry in entries for item in entry.disagreements if item.kind == kind)
        yield f"  {count:5} {kind}: " + ", ".join(
            f"{unit} {number}" for unit, number in sorted(units.items())
        )
    confidence = Counter(price.confidence for price in prices)
    yield "prices by confidence: " + ", ".join(
        f"{name} {count}" for name, count in sorted(confidence.items())
    )


def oddities(models: Iterable[ModelPrices], now: int) -> Iterator[str]:
    """Prices that the sources really give, and that are worth a look."""
    for entry in models:
        rates = Rates(entry.prices)
        standard, batch = rates.at(now), rates.at(now, "batch")
        name = f"{entry.provider}/{entry.model}"
        if standard.get("cache_read", 0) > standard.get("input_uncached", 0) > 0:
            yield f"{name}: a cache read costs more than plain input"
        for unit in _WATCHED:
            if unit in batch and batch[unit] > standard.get(unit, batch[unit]):
                yield f"{name}: batch costs more than standard for {unit}"


def big_changes(before: Iterable[ModelPrices], after: Iterable[ModelPrices], now: int) -> Iterator[str]:
    """Rates in force at `now` (UTC ms) that differ from the last snapshot's by more than threefold."""
    last = {(entry.provider, entry.model): Rates(entry.prices).at(now) for entry in before}
    for entry in after:
        old, new = last.get((entry.provider, entry.model), {}), Rates(entry.prices).at(now)
        for unit in _WATCHED:
            if (
                unit in old
                and unit in new
                and not old[unit] / _BIG_CHANGE <= new[unit] <= old[unit] * _BIG_CHANGE
            ):
                was, becomes = (rate_usd_text(unit, rates[unit]) for rates in (old, new))
                yield f"{entry.provider}/{entry.model}: {unit} goes from {was} to {becomes}"
