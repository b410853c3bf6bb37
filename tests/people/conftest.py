"""An installation that sends its mail to a real server on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.storage.memory import MemoryStorage
from tests.installations import Installed, installed, price_book
from tests.people.post_office import PostOffice, post_office
from tests.web.browsing import Browser


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


@pytest.fixture
async def mailing(office: PostOffice) -> AsyncIterator[Installed]:
    """An installation that sends its mail to the post office."""
    async with installed(MemoryStorage(), price_book(), **office.settings) as made:
        yield made


@pytest.fixture
async def browser(mailing: Installed) -> AsyncIterator[Browser]:
    """Somebody who is not signed in."""
    browser = Browser(mailing.parts)
    yield browser
    await browser.client.aclose()
