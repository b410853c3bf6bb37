"""A price book made of the installed packages, on a day after the release."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.actions.prices.import_prices import update_prices
from farthing.prices.lines import at
from farthing.rules.price import Price
from farthing.rules.pricebook import PriceBook
from farthing.storage.memory import MemoryStorage
from tests.installations import NOW, Installed, installed, price_book

LATER = at("2026-12-05T10:00:00Z")


def with_another_price(factor: int) -> PriceBook:
    """The release's book, in which one model has always cost something else."""

    def other(price: Price) -> Price:
        return replace(price, rates={unit: rate * factor for unit, rate in price.rates.items()})

    models = [
        replace(entry, prices=tuple(map(other, entry.prices)))
        if (entry.provider, entry.model) == ("cohere", "command-r")
        else entry
        for entry in price_book().models
    ]
    return PriceBook("other", models, price_book().providers)


def move_on(made: Installed) -> None:
    made.clock.forward(LATER - NOW)


async def test_packages_that_say_nothing_new_make_no_version() -> None:
    async with installed(MemoryStorage(), price_book()) as made:
        move_on(made)
        outcome = await update_prices(made.parts, "ada")
        assert (outcome.is_known, outcome.is_stored) == (True, False)
        assert await made.parts.storage.price_books() == []


async def test_a_price_that_the_packages_have_otherwise_begins_at_the_update() -> None:
    async with installed(MemoryStorage(), with_another_price(2)) as made:
        move_on(made)
        before = next(each for each in made.parts.prices.book.models if each.model == "command-r")
        assert (await update_prices(made.parts, "ada")).is_stored
        after = next(each for each in made.parts.prices.book.models if each.model == "command-r")
        assert len(after.prices) == len(before.prices) + 1
        assert [(price.end, price.start) for price in after.prices] == [(LATER, None), (None, LATER)]
        (kept,) = await made.parts.storage.price_books()
        assert (kept.date, kept.imported_by, kept.imported_at) == ("2026-12-05", "ada", LATER)
        assert kept.source.startswith("genai-prices ")
        assert (await update_prices(made.parts, "ada")).is_known


async def test_a_price_that_the_packages_have_quite_otherwise_is_looked_at_first() -> None:
    async with installed(MemoryStorage(), with_another_price(4)) as made:
        move_on(made)
        outcome = await update_prices(made.parts, "ada")
        assert {fault.rule for fault in outcome.verdict.to_confirm} == {"changed_threefold"}
        assert not outcome.is_stored
        assert (await update_prices(made.parts, "ada", is_confirmed=True)).is_stored
