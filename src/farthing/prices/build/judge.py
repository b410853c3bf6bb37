"""What the comparison of two sources says of an entry: how sure it is, and a word on the receipt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from farthing.rules.price import STANDARD, Disagreement, Price


def judged(prices: Iterable[Price], found: Iterable[Disagreement], now: int) -> Iterator[Price]:
    """The entries, the plain ones in force at `now` (UTC ms) marked as agreed or disputed.

    Differences of the past, of names and of announced prices do not dispute today's price.
    """
    disputed = {
        item.unit: item
        for item in found
        if item.kind in {"price", "context"} and item.name is None and item.tier == STANDARD
    }
    for price in prices:
        if price.tier != STANDARD or price.region is not None or not price.covers(now):
            yield price
        elif disputed:
            yield replace(price, confidence="disputed", rules={**price.rules, **_words(price, disputed)})
        else:
            yield replace(price, confidence="agreed")


def _words(price: Price, disputed: dict[str, Disagreement]) -> dict[str, str]:
    """By unit, what the other source has instead."""
    return {
        unit: f"{price.rules.get(unit, 'listed')}; {item.source} has {item.usd}"
        for unit, item in disputed.items()
        if item.kind == "price" and not price.context_above and unit in price.rates
    }
