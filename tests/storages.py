"""Every storage there is, and empty places for them to keep their data in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg

from farthing.storage.contract import Membership, NewInstallation, Storage
from farthing.storage.memory import MemoryStorage
from farthing.storage.postgres import PostgresStorage
from farthing.storage.sql.schema import counter, metadata
from farthing.storage.sql.unfinished import UNFINISHED
from farthing.storage.sqlite import SqliteStorage

HashId = Callable[[str], int]
KINDS: Final = ("memory", "sqlite", "postgres")
HASHING_KINDS: Final = ("sqlite", "postgres")
"""Storages that find an event by a hash of its id."""


@dataclass(frozen=True)
class Place:
    """Where one database is. `storage` makes an unopened storage over it; what it holds outlives the storage.

    (The in-memory storage is its own place: it is the same object each time, and ignores the hash.)
    `url` is what commands call a PostgreSQL database.
    """

    storage: Callable[..., Storage]
    url: str = ""


class Places(Protocol):
    """Makes places of one kind of storage."""

    def empty(self) -> AbstractAsyncContextManager[Place]:
        """A place with nothing but the newest schema in it; it is gone afterwards."""
        ...


class MemoryPlaces:
    """Places for MemoryStorage."""

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[Place]:
        storage = MemoryStorage()
        yield Place(lambda **_: storage)


class SqlitePlaces:
    """Places for SqliteStorage: copies of one file that was migrated once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[Place]:
        template = self._folder / "template" / "farthing.sqlite"
        if not template.exists():
            await _migrate(SqliteStorage(template))
        folder = self._folder / str(next(self._numbers))
        folder.mkdir()
        path = folder / template.name
        shutil.copyfile(template, path)
        yield Place(lambda **options: SqliteStorage(path, **options))
        shutil.rmtree(folder)


class PostgresPlaces:
    """Places for PostgresStorage: databases that are cleared after use, which is far cheaper than a new one.

    `url_of` leads to a database of the server as somebody who may make others.
    """

    def __init__(self, url_of: Callable[[str], str]) -> None:
        self._url_of = url_of
        self._free: list[str] = []
        self._numbers = count(1)

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[Place]:
        name = self._free.pop() if self._free else await self._new()
        url = self._url_of(name)
        yield Place(lambda **options: PostgresStorage(url, **options), url)
        await self._execute(name, *_clearing())
        self._free.append(name)

    async def _new(self) -> str:
        name = f"place_{next(self._numbers)}"
        await self._execute("postgres", f"CREATE DATABASE {name}")
        await _migrate(PostgresStorage(self._url_of(name)))
        return name

    async def _execute(self, database: str, *statements: str) -> None:
        connection = await asyncpg.connect(self._url_of(database))
        await connection.execute("; ".join(statements))
        await connection.close()


def _clearing() -> list[str]:
    """What brings a database back to how the migrations left it; TRUNCATE would take ten times as long."""
    tables = [table for table in metadata.sorted_tables if table is not counter]
    numbered = [table for table in tables if "id" in table.columns]
    return [
        "SET session_replication_role = replica",  # without triggers: one keeps the audit log from this
        *(f"DELETE FROM {table.name}" for table in tables),
        *(f"ALTER SEQUENCE {table.name}_id_seq RESTART" for table in numbered),
        f"DELETE FROM {counter.name} WHERE name = '{UNFINISHED}'",
        f"UPDATE {counter.name} SET value = 0",
    ]


async def _migrate(storage: Storage) -> None:
    await storage.open()
    await storage.close()


@asynccontextmanager
async def opened(place: Place, **options: Any) -> AsyncIterator[Storage]:
    """A storage over the place, closed afterwards."""
    storage = place.storage(**options)
    await storage.open()
    try:
        yield storage
    finally:
        await storage.close()


async def install(storage: Storage, timezone: str = "UTC") -> Membership:
    """The first person and workspace."""
    membership: Membership
    membership, _ = await Changed(storage).create_installation(installation(timezone=timezone))
    return membership


def installation(
    *, email: str = "ada@example.org", timezone: str = "UTC", key_hash: bytes = b"k" * 32
) -> NewInstallation:
    """What a first start makes."""
    return NewInstallation(
        email=email,
        password_hash="$argon2id$v=19$m=1$abc",
        workspace_name="Analytical Engines",
        timezone=timezone,
        key_name="first",
        key_prefix="frt_1a2b",
        key_hash=key_hash,
        created_at=1_700_000_000_000,
    )


class Changed:
    """Each change of a storage, made alone: `await Changed(storage).create_api_key(key)`."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        return lambda *given: self._storage.change(lambda changes: getattr(changes, name)(*given))
