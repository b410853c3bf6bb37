"""What tests of whole databases share."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from farthing.actions.asker import operator_asking
from farthing.actions.events.load_demo import DemoSize, load_demo
from farthing.storage.sqlite import SqliteStorage
from tests.installations import a_call, installed, price_book


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with demo data and some real calls, nobody in it."""
    folder = tmp_path_factory.mktemp("lived_in")

    async def live() -> None:
        async with installed(SqliteStorage(folder / "farthing.db"), price_book()) as made:
            await load_demo(made.parts, operator_asking(made.membership), DemoSize(1_000, 14))
            await made.record(*(a_call(external_request_id=f"call {number}") for number in range(20)))

    asyncio.run(live())
    return folder


@pytest.fixture
def old(lived_in: Path, tmp_path: Path) -> Path:
    """A data folder of one's own."""
    return shutil.copytree(lived_in, tmp_path / "old")
