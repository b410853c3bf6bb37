"""A PostgreSQL database as a side of a copy: read under a snapshot, written to by COPY."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from farthing.storage.contract import StorageUnavailableError, StorageUnusableError
from farthing.storage.copying.schema_state import require_newest
from farthing.storage.copying.sides import DAY_SUMS, DaySum, Source, Target, day_sum
from farthing.storage.copying.tables import CopiedTable, Key, Row, quoted
from farthing.storage.postgres.storage import APPLICATION_NAME, migrate, translated
from farthing.storage.sql.unfinished import UNFINISHED

_ROWS_AT_ONCE: Final = 5_000
_SERVED: Final = (
    "SELECT COUNT(*) FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
)


class PostgresSide:
    """storage.copying.sides.DatabaseSide on a PostgreSQL database; `url` may hold a password."""

    def __init__(self, url: str, name: str) -> None:
        self._url = url
        self._name = name

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Source]:
        """See DatabaseSide."""
        async with (
            self._connected() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            if not await connection.fetchval("SELECT to_regclass('alembic_version')"):
                raise StorageUnusableError(f"there is no installation in {self._name}")
            found = await connection.fetchval("SELECT version_num FROM alembic_version")
            require_newest(found, self._name)
            yield _Reading(self._name, connection)

    @asynccontextmanager
    async def writing(self, *, anew: bool) -> AsyncIterator[Target]:
        """See DatabaseSide."""
        async with self._connected() as connection:
            if count := await connection.fetchval(_SERVED, APPLICATION_NAME):
                raise StorageUnavailableError(
                    f"{self._name} is being served ({count} connections); stop its servers first"
                )
            await migrate(self._url, anew=anew)
            # The end of the copy waits for the disk, and with it for all that was written before.
            await connection.execute("SET synchronous_commit = off")
            yield _Writing(connection)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        async with translated():
            connection = await asyncpg.connect(
                self._url, server_settings={"application_name": "farthing copy"}
            )
            try:
                yield connection
            finally:
                await connection.close()


class _Reading:
    def __init__(self, name: str, connection: asyncpg.Connection) -> None:
        self.name = name
        self._connection = connection

    async def count(self, table: CopiedTable) -> int:
        return int(await self._connection.fetchval(f"SELECT COUNT(*) FROM {table.name}"))

    async def rows(self, table: CopiedTable) -> AsyncIterator[list[Row]]:
        columns = ", ".join(quoted(table.columns))
        keys = ", ".join(
            f'"{name}" COLLATE "C"' if name in table.text_keys else f'"{name}"' for name in table.keys
        )
        cursor = await self._connection.cursor(f"SELECT {columns} FROM {table.name} ORDER BY {keys}")
        while some := await cursor.fetch(_ROWS_AT_ONCE):
            yield table.plain(some)

    async def day_sums(self) -> list[DaySum]:
        return [day_sum(row) for row in await self._connection.fetch(DAY_SUMS)]


class _Writing:
    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def mark_unfinished(self) -> None:
        async with self._connection.transaction():
            await self._connection.execute("SET LOCAL synchronous_commit = on")
            statement = "INSERT INTO counter (name, value) VALUES ($1, 1) ON CONFLICT (name) DO NOTHING"
            await self._connection.execute(statement, UNFINISHED)

    async def remove(self, table: CopiedTable, keys: list[Key]) -> None:
        same = " AND ".join(f"{name} = ${place}" for place, name in enumerate(quoted(table.keys), 1))
        async with self._connection.transaction():
            await self._connection.executemany(f"DELETE FROM {table.name} WHERE {same}", keys)

    async def insert(self, table: CopiedTable, rows: list[Row]) -> None:
        await self._connection.copy_records_to_table(table.name, records=rows, columns=table.columns)

    async def finish(self, table: CopiedTable) -> None:
        if not table.counts_itself:
            return
        last = f"SELECT MAX(id) FROM {table.name}"
        numbers = f"pg_get_serial_sequence('{table.name}', 'id')"
        await self._connection.execute(
            f"SELECT setval({numbers}, COALESCE(({last}), 1), ({last}) IS NOT NULL)"
        )

    async def settle(self) -> None:
        await self._connection.execute("ANALYZE")
        async with self._connection.transaction():
            await self._connection.execute("SET LOCAL synchronous_commit = on")
            await self._connection.execute(
                "SELECT pg_current_xact_id()"
            )  # or there would be nothing to wait for
