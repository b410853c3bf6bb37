"""Room that removed calls took goes back to the disk: by itself, and in old files by compacting them."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from farthing.rules.periods import DAY_MS
from farthing.rules.retention import Kept
from farthing.storage.contract import Storage
from farthing.storage.postgres import PostgresStorage
from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.connection import APPLICATION_ID
from tests.contract.samples import AT, WORKSPACE_ID, event
from tests.contract.test_rollups import fold_all
from tests.storages import Places, install, opened

EVENTS = 6_000
MONTH_LATER = AT + 60 * DAY_MS


async def fill(storage: Storage) -> None:
    await install(storage)
    for start in range(0, EVENTS, 1_000):
        await storage.record([event(f"call {number}") for number in range(start, start + 1_000)])
    await fold_all(storage)


async def remove_all(storage: Storage) -> None:
    await storage.advance_retention(WORKSPACE_ID, {"real": Kept(MONTH_LATER)})
    while await storage.remove_rows(WORKSPACE_ID, 1, 500, MONTH_LATER) >= 0:
        pass


def _size(path: Path) -> int:
    return path.stat().st_size


async def test_a_new_file_becomes_shorter_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    storage = SqliteStorage(path)
    await storage.open()
    await fill(storage)
    before = await storage.database_bytes()
    await remove_all(storage)
    assert await storage.database_bytes() == before
    given_back = 0
    while step := await storage.give_back(50):
        assert step <= 50 * 4_096
        given_back += step
    after = await storage.database_bytes()
    assert before - after == given_back > before // 2
    await storage.close()
    assert _size(path) == after


async def test_a_file_from_before_is_compacted_once_and_then_gives_back(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = apsw.Connection(str(path))
    old.pragma("application_id", APPLICATION_ID)  # what an older release began a file with
    old.close()
    storage = SqliteStorage(path)
    await storage.open()
    await fill(storage)
    before = await storage.database_bytes()
    await remove_all(storage)
    assert await storage.give_back(1_000) == 0
    await storage.compact()
    assert await storage.database_bytes() < before // 2
    await storage.close()
    connection = apsw.Connection(str(path))
    assert connection.pragma("auto_vacuum") == 2
    connection.close()


async def test_postgres_keeps_room_until_it_is_compacted(postgres_places: Places) -> None:
    async with postgres_places.empty() as place, opened(place) as storage:
        assert isinstance(storage, PostgresStorage)
        await fill(storage)
        before = await storage.database_bytes()
        await remove_all(storage)
        assert await storage.give_back(1_000) == 0
        assert await storage.database_bytes() >= before
        await storage.compact()
        assert await storage.database_bytes() < before


@pytest.mark.parametrize("kind", ["memory"])
async def test_memory_takes_no_room(request: pytest.FixtureRequest, kind: str) -> None:
    async with request.getfixturevalue(f"{kind}_places").empty() as place, opened(place) as storage:
        assert (await storage.database_bytes(), await storage.give_back(10)) == (0, 0)
