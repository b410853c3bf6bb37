"""The application over a running installation in memory, with a client that is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from farthing.app import door
from farthing.storage.memory import MemoryStorage
from tests.installations import EMAIL, PASSWORD, Installed, installed, price_book


@pytest.fixture
async def installation() -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book()) as made:
        yield made


@pytest.fixture
async def stranger(installation: Installed) -> AsyncIterator[httpx.AsyncClient]:
    """A client without credentials."""
    app: Any = door(installation.parts)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://farthing.test") as client:
        yield client


@pytest.fixture
async def client(stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """The same client, signed in as the owner."""
    answer = await stranger.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    stranger.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
    return stranger
