"""An installation on a real SQLite file that holds two weeks of the demo as real calls."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from msgspec.structs import replace

from farthing.intake.demo import Demo
from farthing.intake.demo_plan import Wanted
from farthing.intake.llm_request import Sender
from farthing.rules.periods import DAY_MS
from farthing.rules.pricebook import CardCache
from tests.installations import NOW, Installed, installed, price_book
from tests.storages import Places

MIDNIGHT = NOW // DAY_MS * DAY_MS
"""Of the last day of the demo, which ends at noon."""
_AT_ONCE = 2_000


@pytest.fixture
async def filled(sqlite_places: Places) -> AsyncIterator[Installed]:
    """With all its calls stored and added up; a test moves the clock to when it looks."""
    async with sqlite_places.empty() as place, installed(place.storage(), price_book()) as made:
        workspace, owner = made.membership.workspace, made.membership.user
        sender = Sender(workspace.id, 0, owner.id)
        demo = Demo(sender, Wanted(NOW, 14_000, 14), CardCache(price_book()))
        events = [replace(each, data_mode="real") for each in demo.events()]
        for first in range(0, len(events), _AT_ONCE):
            await made.parts.storage.record(events[first : first + _AT_ONCE])
            while await made.parts.storage.fold(_AT_ONCE):
                pass
        yield made
