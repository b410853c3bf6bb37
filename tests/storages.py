"""Every storage there is, and empty places for them to keep their data in."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, Protocol

import asyncpg

from farthing.storage.contract import Membership, NewInstallation, Storage
from farthing.storage.memory import MemoryStorage

from farthing.storage.postgres import PostgresStorage
from farthing.storage.sqlite import SqliteStorage

HashId = Callable[[str], int]
KINDS: Final = ("memory", "sqlite", "postgres")
HASHING_KINDS: Final = ("sqlite", "postgres")
"""Storages that find an event by a hash of its id."""


@dataclass(frozen=True)
class Place:
    """Where one database is. `storage` makes an unopened storage over it; what it holds outlives the storage.

    (The in-memory storage is its own place: it is the same object each time, and ignores the hash.)
    """

    storage: Callable[..., Storage]


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
    """Places for PostgresStorage: databases copied from one that was migrated once.

    `server_url` leads to the server's own database, as somebody who may make others.
    """

    def __init__(self, server_url: Callable[[str], str]) -> None:
        self._server_url = server_url
        self._numbers = count(1)
        self._has_template = False

    @asynccontextmanager
    async def empty(self) -> AsyncIterator[Place]:
        name = f"place_{next(self._numbers)}"
        if not self._has_template:
            await self._administer("CREATE DATABASE template_place")
            await _migrate(PostgresStorage(self._server_url("template_place")))
            self._has_template = True
        await self._administer(f"CREATE DATABASE {name} TEMPLATE template_place")
        yield Place(lambda **options: PostgresStorage(self._server_url(name), **options))
        await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self._server_url("postgres"))
        await connection.execute(statement)
        await connection.close()


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
    membership, _ = await storage.create_installation(installation(timezone=timezone))
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
