"""A SQLite file as a side of a copy: read under a snapshot while it is served, written to while it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from itertools import islice
from pathlib import Path
from typing import Final, cast

import apsw

from farthing.storage.contract import StorageUnusableError
from farthing.storage.copying.schema_state import require_newest
from farthing.storage.copying.sides import DAY_SUMS, DaySum, Source, Target, day_sum
from farthing.storage.copying.tables import CopiedTable, Key, Row, quoted
from farthing.storage.sql.unfinished import UNFINISHED
from farthing.storage.sqlite.connection import inspect, open_reader, translated
from farthing.storage.sqlite.files import put_aside
from farthing.storage.sqlite.opening import open_newest

_ROWS_AT_ONCE: Final = 5_000


class SqliteSide:
    """storage.copying.sides.DatabaseSide on a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Source]:
        """See DatabaseSide."""
        if not self._path.exists():
            raise StorageUnusableError(f"there is no database {self._path}")
        with translated(self._path), closing(open_reader(self._path)) as connection:
            connection.execute("BEGIN")
            found = connection.execute("SELECT version_num FROM alembic_version").get
            require_newest(None if found is None else str(found), str(self._path))
            yield _Reading(str(self._path), connection)

    @asynccontextmanager
    async def writing(self, *, anew: bool) -> AsyncIterator[Target]:
        """See DatabaseSide."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if anew:
            inspect(self._path)  # never take away what is not ours
            put_aside(self._path, "copy")
        with translated(self._path), closing(open_newest(self._path)) as connection:
            yield _Writing(connection)


class _Reading:
    def __init__(self, name: str, connection: apsw.Connection) -> None:
        self.name = name
        self._connection = connection

    async def count(self, table: CopiedTable) -> int:
        count = self._connection.execute(f"SELECT COUNT(*) FROM {table.name}").get
        return cast("int", count)

    async def rows(self, table: CopiedTable) -> AsyncIterator[list[Row]]:
        columns, keys = ", ".join(quoted(table.columns)), ", ".join(quoted(table.keys))
        cursor = self._connection.execute(f"SELECT {columns} FROM {table.name} ORDER BY {keys}")
        while some := list(islice(cursor, _ROWS_AT_ONCE)):
            yield table.plain(some)

    async def day_sums(self) -> list[DaySum]:
        rows = cast("list[tuple[int, ...]]", self._connection.execute(DAY_SUMS).fetchall())
        return [day_sum(row) for row in rows]


class _Writing:
    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def mark_unfinished(self) -> None:
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO counter (name, value) VALUES (?, 1)", (UNFINISHED,)
            )

    async def remove(self, table: CopiedTable, keys: list[Key]) -> None:
        same = " AND ".join(f"{name} = ?" for name in quoted(table.keys))
        with self._connection:
            self._connection.executemany(f"DELETE FROM {table.name} WHERE {same}", keys)

    async def insert(self, table: CopiedTable, rows: list[Row]) -> None:
        columns, places = ", ".join(quoted(table.columns)), ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({places})"
        with self._connection:
            self._connection.executemany(statement, rows)

    async def finish(self, table: CopiedTable) -> None:
        """SQLite numbers new rows after the last that is there."""

    async def settle(self) -> None:
        self._connection.execute("ANALYZE")
        self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
