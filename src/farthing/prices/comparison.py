"""What one price book says otherwise than another: entry by entry, unit by unit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
from msgspec.structs import replace

from farthing.prices.entries import in_order
from farthing.prices.history import Change, change_of
from farthing.rules.price import Price
from farthing.rules.pricebook import PriceBook

Kind = Literal["added", "removed", "changed"]


class Difference(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An entry that only one of the books has, or that has other rates or ends at another time.

    `changes` hold the rates before and after; null where the entry had or has none.
    """

    kind: Kind
    provider: str
    model: str
    price_id: str
    is_new_model: bool
    is_end_moved: bool
    changes: tuple[Change, ...]


def says_the_same(before: PriceBook, after: PriceBook) -> bool:
    """Whether two books price every call alike, by entries of the same ids.

    Where prices are from and how sure they are is left aside: it changes by itself as announced prices begin.
    """
    return before.providers == after.providers and _priced(before) == _priced(after)


def _priced(book: PriceBook) -> dict[tuple[str, str], tuple[frozenset[str], dict[str, Price]]]:
    return {
        (entry.provider, entry.model): (
            frozenset(entry.aliases),
            {price.price_id: _bare(price) for price in entry.prices},
        )
        for entry in book.models
    }


def _bare(price: Price) -> Price:
    return replace(price, rules={}, source="", source_url=None, checked=None, confidence="single")


def compare(before: PriceBook, after: PriceBook) -> Iterator[Difference]:
    """All differences, by provider, model and price id."""
    old, new = _entries(before), _entries(after)
    models = [{price[:2] for price in entries} for entries in (old, new)]
    for key in sorted(old.keys() | new.keys()):
        is_in_both = key[:2] in models[0] and key[:2] in models[1]
        found = _difference(key, old.get(key), new.get(key), is_new_model=not is_in_both)
        if found is not None:
            yield found


def _entries(book: PriceBook) -> dict[tuple[str, str, str], Price]:
    return {
        (entry.provider, entry.model, price.price_id): price
        for entry in book.models
        for price in entry.prices
    }


def _difference(
    key: tuple[str, str, str], before: Price | None, after: Price | None, *, is_new_model: bool
) -> Difference | None:
    old, new = ({} if price is None else price.rates for price in (before, after))
    units = [unit for unit in in_order(old.keys() | new.keys()) if old.get(unit) != new.get(unit)]
    is_end_moved = before is not None and after is not None and before.end != after.end
    if before is not None and after is not None and not units and not is_end_moved:
        return None
    return Difference(
        kind="added" if before is None else "removed" if after is None else "changed",
        provider=key[0],
        model=key[1],
        price_id=key[2],
        is_new_model=is_new_model,
        is_end_moved=is_end_moved,
        changes=tuple(change_of(unit, old.get(unit), new.get(unit)) for unit in units),
    )
