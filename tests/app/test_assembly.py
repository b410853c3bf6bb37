"""How the parts come together and apart, and which door leads where."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from farthing.actions.parts import Parts
from farthing.app import INGEST_PATHS, door
from farthing.assembly import build_parts, choose_storage, running
from farthing.clock import SystemClock
from farthing.settings import Settings
from farthing.storage.contract import StorageUnusableError
from farthing.storage.memory import MemoryStorage
from farthing.storage.postgres import PostgresStorage
from farthing.storage.sqlite import SqliteStorage
from tests.installations import EMAIL, PASSWORD, StandingClock, a_call, installed, parts_around, price_book


def test_the_database_url_chooses_the_storage(tmp_path: Path) -> None:
    assert isinstance(choose_storage(Settings(data=tmp_path / "new")), SqliteStorage)
    assert (tmp_path / "new").is_dir()
    url = "postgresql://host/name"
    assert isinstance(choose_storage(Settings(data=tmp_path / "none", database_url=url)), PostgresStorage)
    assert not (tmp_path / "none").exists()


def test_a_data_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageUnusableError, match="can't be made"):
        choose_storage(Settings(data=tmp_path / "file" / "data"))


async def test_the_storage_is_open_while_the_parts_run_and_closed_after_a_failure() -> None:
    storage = MemoryStorage()

    async def fail_while_running() -> None:
        async with running(parts_around(storage, price_book(), StandingClock())):
            assert storage.is_open
            raise KeyError

    with pytest.raises(KeyError):
        await fail_while_running()
    assert not storage.is_open


async def test_what_was_taken_in_is_stored_before_the_storage_closes(tmp_path: Path) -> None:
    async with installed(SqliteStorage(tmp_path / "farthing.db"), price_book()) as made:
        await made.record(a_call(external_request_id="one"))
        pending = made.record(a_call(external_request_id="two"))
        await pending
    parts = build_parts(Settings(data=tmp_path), SystemClock())
    async with running(parts) as again:
        assert await again.storage.has_accounts()
        assert await again.storage.request(1, 2) is not None


async def test_applications_of_one_process_keep_their_parts_apart() -> None:
    async with (
        installed(MemoryStorage(), price_book()) as one,
        running(parts_around(MemoryStorage(), price_book(), StandingClock())) as other,
    ):
        signing_in = [sign_in(parts) for parts in (one.parts, other, one.parts)]
        assert await asyncio.gather(*signing_in) == [200, 401, 200]


async def sign_in(parts: Parts) -> int:
    app: Any = door(parts)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        answer = await client.post("/v1/auth/login", json={"email": EMAIL, "password": PASSWORD})
    return answer.status_code


@pytest.mark.parametrize("path", sorted(INGEST_PATHS))
async def test_ingest_stands_beside_the_framework(path: str) -> None:
    async with running(parts_around(MemoryStorage(), price_book(), StandingClock())) as parts:
        app: Any = door(parts)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            answer = await client.post(path, headers={"X-API-Key": "wrong"}, content=b"{}")
    assert (answer.status_code, answer.json()["reason"]) == (401, "invalid_api_key")
