"""A running installation in memory for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.prices import load_price_book
from farthing.rules.pricebook import PriceBook
from farthing.storage.memory import MemoryStorage
from tests.installations import Installed, installed


@pytest.fixture(scope="session")
def price_book() -> PriceBook:
    """The release's own book, read once."""
    return load_price_book()


@pytest.fixture
async def installation(price_book: PriceBook) -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book) as made:
        yield made
