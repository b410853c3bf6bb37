"""Byte by byte: what was erased stands in no file of an SQLite database any more."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_plus

from msgspec.structs import replace

from farthing.storage.postgres.storage import ERASED_FROM
from farthing.storage.sqlite import SqliteStorage
from farthing.storage.sqlite.files import occurrences
from tests.contract.erasures import erasure
from tests.contract.samples import event
from tests.contract.told import tell
from tests.storages import Changed, install

ALICE = "alice@example.org"


async def test_no_byte_of_an_erased_identity_is_left(tmp_path: Path) -> None:
    path = tmp_path / "farthing.db"
    storage = SqliteStorage(path)
    await storage.open()
    await install(storage)
    for start in range(0, 3_000, 500):
        await storage.record(
            [
                event(
                    f"{number} {ALICE if number % 7 == 0 else ''}",
                    user_id=ALICE if number % 2 else f"user {number * 7919 % 3001}",
                    tenant_id=f"tenant {number * 104729 % 3001}",
                    endpoint_tag=f"{ALICE} {number}" if number % 5 == 0 else f"tag {number * 31 % 997}",
                    extra={"metadata": {"mail": ALICE, "n": number}} if number % 3 == 0 else None,
                )
                for number in range(start, start + 500)
            ]
        )
        await storage.fold(1_000)
    await tell(storage, ALICE)
    before = occurrences(path, ALICE)
    assert before > 1_000
    assert tables_with(path, ALICE) <= set(ERASED_FROM)
    assert {"saved_view", "message", "span_total"} <= tables_with(path, ALICE)
    now = await storage.erase_names(await Changed(storage).add_erasure(erasure()))
    while now and now.cursor < now.last_request_id:
        now = await storage.erase_requests(now, 400)
    assert now is not None
    await storage.change_erasure(replace(now, value=None, state="cleaning"))
    assert await storage.clean_files(ALICE) == 0
    await storage.close()
    assert whole(tmp_path).count(ALICE.encode()) == 0
    assert whole(tmp_path).count(quote_plus(ALICE).encode()) == 0


def tables_with(path: Path, text: str) -> set[str]:
    """The tables in whose rows a text stands."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {
            name
            for name in names
            if any(
                each in str(row)
                for row in connection.execute(f"SELECT * FROM {name}")
                for each in (text, quote_plus(text))
            )
        }


def whole(folder: Path) -> bytes:
    """Every byte of every file."""
    return b"".join(file.read_bytes() for file in folder.iterdir())
