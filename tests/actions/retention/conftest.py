"""A running installation on every kind of storage."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.installations import Installed, installed, price_book
from tests.storages import Place


@pytest.fixture
async def made(place: Place) -> AsyncIterator[Installed]:
    async with installed(place.storage(), price_book()) as installation:
        yield installation
