"""The book that holds, carried on with what the price packages say now.

The packages correct a price by writing another one in its place. A book never does: until the moment of the
update it says what it said, and from then on what the packages say, in further entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from farthing.prices.entries import by_conditions
from farthing.prices.soundness import is_same
from farthing.rules.matching import ProviderNames
from farthing.rules.price import ModelPrices, Price


def carried_on(before: Iterable[ModelPrices], built: Iterable[ModelPrices], at: int) -> list[ModelPrices]:
    """The models of `before`, from `at` (UTC ms) on with the prices of `built`; and those that are new.

    A model that `built` knows only as another name of one goes on with the prices of that one. What `built`
    does not know stays as it was.
    """
    last, offered = list(before), list(built)
    by_name = {(entry.provider, name.lower()): entry for entry in offered for name in entry.aliases}
    by_name |= {(entry.provider, entry.model.lower()): entry for entry in offered}
    own = {(entry.provider, entry.model.lower()) for entry in last}
    models = [_joined(entry, by_name.get((entry.provider, entry.model.lower())), at) for entry in last]
    models += [entry for entry in offered if (entry.provider, entry.model.lower()) not in own]
    return list(_with_names(models, last))


def providers_of(before: Iterable[ProviderNames], built: Iterable[ProviderNames]) -> list[ProviderNames]:
    """All providers of both, with all their names."""
    merged = {names.name: names for names in built}
    for names in before:
        new = merged.get(names.name, ProviderNames(names.name))
        merged[names.name] = ProviderNames(
            names.name,
            tuple(dict.fromkeys((*new.aliases, *names.aliases))),
            tuple(dict.fromkeys((*new.sells_also, *names.sells_also))),
        )
    return list(merged.values())


def _joined(before: ModelPrices, built: ModelPrices | None, at: int) -> ModelPrices:
    if built is None:
        return before
    renamed = (replace(price, provider=before.provider, model=before.model) for price in built.prices)
    prices = _in_order(_joined_prices(before.prices, tuple(renamed), at), before.prices)
    same_name = before.model.lower() == built.model.lower()
    aliases = built.aliases if same_name else ()
    return replace(before, aliases=aliases, prices=prices, disagreements=built.disagreements)


def _joined_prices(before: Iterable[Price], built: Iterable[Price], at: int) -> Iterator[Price]:
    """Under each set of conditions: the past as it was if it was priced, else all as it is built."""
    last, offered = by_conditions(before), by_conditions(built)
    for key in dict.fromkeys((*last, *offered)):
        past = list(_until(last.get(key, ()), at))
        if key not in offered:
            yield from last[key]
        elif not past:
            yield from offered[key]
        else:
            yield from _seamless([*past, *_since(offered[key], at)], at)


def _in_order(prices: Iterable[Price], before: Iterable[Price]) -> tuple[Price, ...]:
    """First those of before in their order, so that a file's diff shows what is new and nothing else."""
    places = {price.price_id: place for place, price in enumerate(before)}
    return tuple(sorted(prices, key=lambda price: places.get(price.price_id, len(places))))


def _until(prices: Iterable[Price], at: int) -> Iterator[Price]:
    for price in prices:
        if price.stretch[0] < at:
            yield replace(price, end=at) if price.stretch[1] > at else price


def _since(prices: Iterable[Price], at: int) -> Iterator[Price]:
    for price in prices:
        if price.stretch[1] > at:
            yield replace(price, start=at) if price.stretch[0] < at else price


def _seamless(prices: list[Price], at: int) -> Iterator[Price]:
    """Two that ask the same and meet at `at` are one entry, with the newer one's sources."""
    ended = next((price for price in prices if price.end == at), None)
    begun = next((price for price in prices if price.start == at), None)
    if ended is None or begun is None or not is_same(ended, begun):
        yield from prices
        return
    for price in prices:
        if price is not begun:
            yield replace(begun, start=ended.start) if price is ended else price


def _with_names(models: list[ModelPrices], before: list[ModelPrices]) -> Iterator[ModelPrices]:
    """With the names that the models had before, unless another model has a name now; each name once."""
    taken = {(entry.provider, entry.model.lower()) for entry in models}
    former = {(entry.provider, entry.model): entry.aliases for entry in before}
    kept: dict[tuple[str, str], list[str]] = defaultdict(list)
    for aliases in (lambda entry: entry.aliases, lambda entry: former.get((entry.provider, entry.model), ())):
        for entry in models:
            for name in aliases(entry):
                if (entry.provider, name.lower()) not in taken:
                    taken.add((entry.provider, name.lower()))
                    kept[entry.provider, entry.model].append(name)
    for entry in models:
        yield replace(entry, aliases=tuple(sorted(kept[entry.provider, entry.model])))
