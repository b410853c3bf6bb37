"""A running installation in memory for each test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.storage.memory import MemoryStorage
from tests.installations import Installed, installed, price_book


@pytest.fixture
async def installation() -> AsyncIterator[Installed]:
    async with installed(MemoryStorage(), price_book()) as made:
        yield made
