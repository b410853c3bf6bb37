"""A transaction on one PostgreSQL connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar, cast

import asyncpg
from sqlalchemy import Executable, update
from sqlalchemy.dialects.postgresql import asyncpg as sqlalchemy_asyncpg

from farthing.storage.sql.cells import integer
from farthing.storage.sql.rows import COLUMNS
from farthing.storage.sql.schema import counter, usage_event
from farthing.storage.sql.transaction import Compiled, Params, Rows, compiled

T = TypeVar("T")
DIALECT: Final = sqlalchemy_asyncpg.dialect()  # type: ignore[no-untyped-call]
_TYPES: Final = {"BIGINT": "bigint", "SMALLINT": "smallint", "TEXT": "text"}


_COPIED_MIN: Final = 16
"""Fewer rows are not worth two more rounds to the server (decision 0042)."""


@dataclass
class Habits:
    """What senders of this process have done of late."""

    had_duplicates: bool = False
    """Whether the last group had calls that were there: then the next is likely to have some, too."""


class PostgresTransaction:
    """Transaction over asyncpg; see storage.sql.transaction."""

    def __init__(self, connection: asyncpg.Connection, habits: Habits | None = None) -> None:
        self._connection = connection
        self._habits = habits or Habits()

    async def fetch(self, statement: Executable, params: Params | None = None) -> Rows:
        """See Transaction."""
        ready = compiled(statement, DIALECT)
        return cast(
            "Rows", [tuple(row) for row in await self._connection.fetch(ready.text, *_values(ready, params))]
        )

    async def fetch_at_once(self, statement: Executable, params: Params | None = None) -> Rows:
        """See Transaction. The driver makes rows of what came over the network as a whole."""
        ready = compiled(statement, DIALECT)
        return cast("Rows", await self._connection.fetch(ready.text, *_values(ready, params)))

    async def fetch_columns(self, statement: Executable, params: Params | None = None) -> list[list[Any]]:
        """See Transaction."""
        return [list(column) for column in zip(*await self.fetch_at_once(statement, params), strict=True)]

    async def execute(self, statement: Executable, params: Params | None = None) -> int:
        """See Transaction."""
        ready = compiled(statement, DIALECT)
        status = await self._connection.execute(ready.text, *_values(ready, params))
        return int(status.rsplit(" ", 1)[-1])

    async def execute_many(self, statement: Executable, params: Sequence[Params]) -> None:
        """See Transaction."""
        ready = compiled(statement, DIALECT)
        await self._connection.executemany(ready.text, [_values(ready, one) for one in params])

    async def insert_events(self, rows: Sequence[Sequence[Any]]) -> int:
        """See Transaction. Copied where nothing speaks against it; else one statement over arrays.

        A copy of which one row is refused is undone as a whole.
        """
        if len(rows) >= _COPIED_MIN and not self._habits.had_duplicates:
            await self._connection.execute("SAVEPOINT copying")
            try:
                await self._connection.copy_records_to_table(usage_event.name, records=rows, columns=COLUMNS)
            except asyncpg.UniqueViolationError:
                await self._connection.execute("ROLLBACK TO SAVEPOINT copying")
            else:
                return len(rows)
        columns = (list(column) for column in zip(*rows, strict=True))
        status = await self._connection.execute(_insert_events(), *columns)
        count = int(status.rsplit(" ", 1)[-1])
        self._habits.had_duplicates = count < len(rows)
        return count

    async def wait_for(self, call: Callable[[], T]) -> T:
        """See Transaction."""
        return await asyncio.to_thread(call)

    async def next_request_ids(self, count: int) -> int:
        """See Transaction."""
        ((last,),) = await self.fetch(_advance(), {"step": count})
        return int(last) - count + 1


def _values(ready: Compiled, params: Params | None) -> list[Any]:
    bound = ready.bind(params)
    return [bound[name] for name in ready.names]


@cache
def _insert_events() -> str:
    arrays = ", ".join(
        f"${place}::{_TYPES[str(usage_event.c[column].type)]}[]" for place, column in enumerate(COLUMNS, 1)
    )
    return (
        f"INSERT INTO usage_event ({', '.join(COLUMNS)}) SELECT * FROM unnest({arrays}) "
        "ON CONFLICT (workspace_id, external_hash) DO NOTHING"
    )


@cache
def _advance() -> Executable:
    row = counter.c
    return (
        update(counter)
        .where(row.name == "request_id")
        .values(value=row.value + integer("step"))
        .returning(row.value)
    )
