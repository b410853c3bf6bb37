"""A running installation in memory, and people who look at its pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.prices import load_price_book
from farthing.rules.pricebook import PriceBook
from farthing.storage.memory import MemoryStorage
from tests.installations import Installed, installed
from tests.web.browsing import Browser


@pytest.fixture(scope="session")
def price_book() -> PriceBook:
    """The release's own book, read once."""
    return load_price_book()


@pytest.fixture
async def installation(price_book: PriceBook) -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book) as made:
        yield made


@pytest.fixture
async def stranger(installation: Installed) -> AsyncIterator[Browser]:
    """Somebody who is not signed in."""
    browser = Browser(installation.parts)
    yield browser
    await browser.client.aclose()


@pytest.fixture
async def owner(stranger: Browser) -> Browser:
    """The owner, signed in."""
    await stranger.sign_in()
    return stranger
