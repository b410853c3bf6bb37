"""An installation that may send messages to this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from farthing.storage.memory import MemoryStorage
from tests.channels.receiver import Receiver, receiving
from tests.installations import Installed, installed, price_book
from tests.people.post_office import PostOffice, post_office

LOOPBACK: dict[str, Any] = {"webhook_private_networks": "127.0.0.0/8", "webhook_plain_http": True}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def office() -> AsyncIterator[PostOffice]:
    async with post_office() as office:
        yield office


@pytest.fixture
async def sender(office: PostOffice) -> AsyncIterator[Installed]:
    """It sends mail to the post office, and webhooks to loopback."""
    async with made_sender(**office.settings) as made:
        yield made


@asynccontextmanager
async def made_sender(**settings: Any) -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book(), **(LOOPBACK | settings)) as made:
        yield made
