"""The application over a running installation in memory, with a client that is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from farthing.app import door
from farthing.prices import load_price_book
from farthing.rules.pricebook import PriceBook
from farthing.storage.memory import MemoryStorage
from tests.installations import EMAIL, PASSWORD, Installed, installed


@pytest.fixture(scope="session")
def price_book() -> PriceBook:
    """The release's own book, read once."""
    return load_price_book()


@pytest.fixture
async def installation(price_book: PriceBook) -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book) as made:
        yield made


@pytest.fixture
async def stranger(installation: Installed) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials."""
    app: Any = door(installation.parts, [])
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
        yield client


@pytest.fixture
async def client(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same client, signed in as the owner."""
    answer = await stranger.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    stranger.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
    return stranger
