"""One chDB for all tests of this room: there can be only one in a process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from farthing.storage.clickhouse import ClickhouseCopy, Engine
from farthing.storage.contract import Membership, Storage
from tests.analytics.copied import CopiedPlaces, CopiedStorage
from tests.storages import Places, SqlitePlaces, install, opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of this room can be left out: `-m "not clickhouse"`."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.clickhouse)


@pytest.fixture(scope="session")
def chdb_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine = Engine(f"chdb://{tmp_path_factory.mktemp('chdb')}")
    engine.open()
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def chdb_copy(chdb_engine: Engine) -> Iterator[ClickhouseCopy]:
    copy = ClickhouseCopy(chdb_engine)
    yield copy
    asyncio.run(copy.close())


@pytest.fixture(scope="session")
def copied_places(chdb_copy: ClickhouseCopy, tmp_path_factory: pytest.TempPathFactory) -> CopiedPlaces:
    return CopiedPlaces(SqlitePlaces(tmp_path_factory.mktemp("copied")), chdb_copy)


@pytest.fixture(scope="session")
def places(copied_places: CopiedPlaces) -> Places:
    """For suites that run on every kind of storage: here, on one with a copy."""
    return copied_places


@pytest.fixture
async def copied(copied_places: CopiedPlaces) -> AsyncIterator[CopiedStorage]:
    """An open storage with a copy and one workspace, whose copy takes steps when a test says so."""
    async with copied_places.empty() as place, opened(place) as storage:
        assert isinstance(storage, CopiedStorage)
        storage.stop_pacing()
        await install(storage)
        yield storage


@pytest.fixture
async def installed(storage: Storage) -> Membership:
    """The workspace of the contract's suites."""
    return await install(storage, timezone="Asia/Kathmandu")
