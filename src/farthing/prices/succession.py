"""What a new price book must keep of the one that holds, and which of its rates are too far from that one's.

A book is a ledger: a model, a name or an entry that was there stays, and a changed price is a further entry
with a later start, which may end the one before it. Otherwise a stored receipt would name an entry that says
something else now, and a call that was priced could no longer be priced again. An entry that has not begun
has priced nothing yet: announced prices do change, and somebody has to look at that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from farthing.prices.entries import by_conditions, in_order
from farthing.prices.faults import Fault, entry_fault, rate_fault
from farthing.prices.soundness import is_same
from farthing.rules.periods import DAY_MS
from farthing.rules.price import ALWAYS, ModelPrices, Price, conditions, moment
from farthing.rules.pricebook import PriceBook

FACTOR_MAX: Final = 3
"""A rate that changes by more is rather a slip than a price."""


def lost(before: PriceBook, after: PriceBook) -> Iterator[Fault]:
    """The providers, models and names that the new book has no longer."""
    yield from _lost_providers(before, after)
    models = {(entry.provider, entry.model) for entry in after.models}
    names = {
        (entry.provider, name.lower()) for entry in after.models for name in (entry.model, *entry.aliases)
    }
    for entry in before.models:
        if (entry.provider, entry.model) not in models:
            yield _model_fault(entry, "model_missing", entry.model, "the model is in the book that holds")
        for name in entry.aliases:
            if (entry.provider, name.lower()) not in names:
                yield _model_fault(entry, "name_missing", name, f"{name} means it in the book that holds")


def rewritten(before: PriceBook, after: PriceBook, now: int) -> Iterator[Fault]:
    """The entries that began before `now` (UTC ms) and that the new book has otherwise, or no longer."""
    return (fault for price, fault in _changed(before, after) if price.stretch[0] < now)


def reannounced(before: PriceBook, after: PriceBook, now: int) -> Iterator[Fault]:
    """The same of entries that had not begun."""
    return (
        replace(fault, rule="announcement_changed")
        for price, fault in _changed(before, after)
        if price.stretch[0] >= now
    )


def backdated(before: PriceBook, after: PriceBook, now: int) -> Iterator[Fault]:
    """The new entries that begin more than a day before `now` (UTC ms) where an entry of `before` held.

    That may be a price that was learned of late, or a slip: calls that come late, and a re-pricing, take it.
    """
    entries = {(entry.provider, entry.model): entry for entry in before.models}
    for entry in after.models:
        last = entries.get((entry.provider, entry.model))
        known = {price.price_id for price in last.prices} if last is not None else set()
        earlier = by_conditions(last.prices) if last is not None else {}
        for price in entry.prices:
            past = price.stretch[0], min(price.stretch[1], now - DAY_MS)
            if price.price_id not in known and past[0] < past[1]:
                yield from _backdated(price, past, earlier.get(conditions(price), ()))


def _backdated(price: Price, past: tuple[int, int], earlier: Iterable[Price]) -> Iterator[Fault]:
    for other in earlier:
        if other.stretch[0] < past[1] and past[0] < other.stretch[1]:
            yield entry_fault(price, "past_changed", f"{other.price_id} held when it begins", moment(past[0]))
            return


def _changed(before: PriceBook, after: PriceBook) -> Iterator[tuple[Price, Fault]]:
    entries = {(entry.provider, entry.model): entry for entry in after.models}
    for entry in before.models:
        kept = entries.get((entry.provider, entry.model))
        if kept is not None:
            yield from _changed_entries(entry, kept)


def big_changes(before: PriceBook, after: PriceBook) -> Iterator[Fault]:
    """New entries with a rate more than threefold, or less than a third, of what held when they begin."""
    entries = {(entry.provider, entry.model): entry for entry in before.models}
    for entry in after.models:
        last = entries.get((entry.provider, entry.model))
        if last is not None:
            yield from _big_changes(last, entry)


def _lost_providers(before: PriceBook, after: PriceBook) -> Iterator[Fault]:
    sold = {provider.name: set(provider.sells_also) for provider in after.providers}
    for provider in before.providers:
        for name in (provider.name, *provider.aliases):
            if after.provider(name) != provider.name:
                yield _provider_fault(provider.name, name, "means the provider in the book that holds")
        for name in provider.sells_also:
            if name not in sold.get(provider.name, ()):
                yield _provider_fault(provider.name, name, "is sold by it in the book that holds")


def _provider_fault(provider: str, name: str, words: str) -> Fault:
    message = f"{provider}: {name} {words}"
    return Fault(rule="provider_missing", provider=provider, model="", limit=name, message=message)


def _model_fault(entry: ModelPrices, rule: str, name: str, words: str) -> Fault:
    message = f"{entry.provider}/{entry.model}: {words}"
    return Fault(rule=rule, provider=entry.provider, model=entry.model, limit=name, message=message)


def _changed_entries(before: ModelPrices, after: ModelPrices) -> Iterator[tuple[Price, Fault]]:
    kept = {price.price_id: price for price in after.prices}
    alike = by_conditions(after.prices)
    for price in before.prices:
        now = kept.get(price.price_id)
        if now is None:
            yield price, entry_fault(price, "entry_missing", "the entry is in the book that holds")
        elif not is_same(price, now):
            yield from ((price, fault) for fault in _otherwise(price, now))
        else:
            yield from ((price, fault) for fault in _lost_time(price, now, alike[conditions(price)]))


def _otherwise(before: Price, now: Price) -> Iterator[Fault]:
    words = "the entry is in the book that holds; a changed price is a further entry with a later start"
    units = [
        unit
        for unit in in_order(before.rates.keys() | now.rates)
        if before.rates.get(unit) != now.rates.get(unit)
    ]
    for unit in units:
        yield rate_fault(now, "entry_changed", unit, before.rates.get(unit), f"{unit} differs: {words}")
    if not units:
        yield entry_fault(now, "entry_changed", f"free, standard rates or hours differ: {words}")


def _lost_time(before: Price, now: Price, alike: Iterable[Price]) -> Iterator[Fault]:
    """An entry may end sooner than it did where others follow without a gap."""
    reached, end = now.stretch[1], before.stretch[1]
    for price in alike:
        start, until = price.stretch
        if start <= reached:
            reached = max(reached, until)
    if reached < end:
        told = [None if at == ALWAYS[1] else moment(at) for at in (reached, end)]
        words = f"no entry follows from {told[0]} on, though it held until {told[1] or 'further notice'}"
        yield entry_fault(now, "time_missing", words, *told)


def _big_changes(before: ModelPrices, after: ModelPrices) -> Iterator[Fault]:
    earlier = by_conditions(before.prices)
    known = {price.price_id: price for price in before.prices}
    for price in after.prices:
        same = known.get(price.price_id)
        last = _last(price, earlier.get(conditions(price), ()))
        if last is not None and (same is None or not is_same(price, same)):
            for unit in in_order(last.rates.keys() | price.rates):
                was, becomes = _asked(last, unit), _asked(price, unit)
                if was is not None and becomes is not None and _is_big(was, becomes):
                    words = f"the rate of {unit} changes by more than threefold"
                    yield rate_fault(price, "changed_threefold", unit, was, words)


def _last(price: Price, earlier: Iterable[Price]) -> Price | None:
    """The entry that held when this one begins, else the nearest after that."""
    listed = list(earlier)
    begun = [each for each in listed if each.stretch[0] <= price.stretch[0]]
    return next(iter(begun[-1:] or listed[:1]), None)


def _asked(price: Price, unit: str) -> int | None:
    return 0 if price.is_free else price.rates.get(unit)


def _is_big(before: int, after: int) -> bool:
    lower, higher = sorted((before, after))
    return higher > lower * FACTOR_MAX
