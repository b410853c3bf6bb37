"""A transaction on one SQLite connection.

Nothing in it suspends: the whole work runs in the thread it is in.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import cache, lru_cache
from typing import Any, Final, TypeVar, cast

import apsw
import msgspec
from sqlalchemy import Executable, Select, update
from sqlalchemy.dialects import sqlite

from farthing.storage.sql.cells import integer
from farthing.storage.sql.rows import COLUMNS
from farthing.storage.sql.schema import counter
from farthing.storage.sql.transaction import Compiled, Params, Rows, SumOverflowError, compiled

T = TypeVar("T")
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(list[tuple[Any, ...]])
_COLUMN_DECODER: Final = msgspec.json.Decoder(list[Any])
DIALECT: Final = sqlite.dialect(paramstyle="named")
_INSERT_EVENT: Final = (
    f"INSERT INTO usage_event ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))}) "
    "ON CONFLICT (workspace_id, external_hash) DO NOTHING"
)


class SqliteTransaction:
    """Transaction over apsw; see storage.sql.transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection

    async def fetch(self, statement: Executable, params: Params | None = None) -> Rows:
        """See Transaction."""
        ready = compiled(statement, DIALECT)
        try:
            return cast("Rows", self._connection.execute(ready.text, _values(ready, params)).fetchall())
        except apsw.SQLError as error:
            if "integer overflow" in str(error):
                raise SumOverflowError(str(error)) from error
            raise

    async def fetch_at_once(self, statement: Executable, params: Params | None = None) -> Rows:
        """See Transaction. SQLite makes one text of all rows, in one step that holds no lock of Python's."""
        ready = compiled(statement, DIALECT)
        values = _values(ready, params)
        ((text,),) = cast("Rows", self._connection.execute(_as_one_text(statement), values).fetchall())
        return _DECODER.decode(text)

    async def fetch_columns(self, statement: Executable, params: Params | None = None) -> list[list[Any]]:
        """See Transaction. As `fetch_at_once`, with a text for each column."""
        ready = compiled(statement, DIALECT)
        values = _values(ready, params)
        (texts,) = cast("Rows", self._connection.execute(_as_column_texts(statement), values).fetchall())
        return list(map(_COLUMN_DECODER.decode, texts))

    async def execute(self, statement: Executable, params: Params | None = None) -> int:
        """See Transaction."""
        before = self._connection.total_changes()
        ready = compiled(statement, DIALECT)
        try:
            self._connection.execute(ready.text, _values(ready, params))
        except (apsw.SQLError, apsw.ConstraintError) as error:
            # Cells are STRICT tables: an integer that overflowed has become a REAL, which they refuse.
            if "integer overflow" in str(error) or "cannot store REAL value" in str(error):
                raise SumOverflowError(str(error)) from error
            raise
        return self._connection.total_changes() - before

    async def execute_many(self, statement: Executable, params: Sequence[Params]) -> None:
        """See Transaction."""
        ready = compiled(statement, DIALECT)
        self._connection.executemany(ready.text, [_values(ready, one) for one in params])

    async def insert_events(self, rows: Sequence[Sequence[Any]]) -> int:
        """See Transaction."""
        before = self._connection.total_changes()
        self._connection.executemany(_INSERT_EVENT, rows)
        return self._connection.total_changes() - before

    async def wait_for(self, call: Callable[[], T]) -> T:
        """See Transaction. The thread is the reader's own."""
        return call()

    async def next_request_ids(self, count: int) -> int:
        """See Transaction."""
        ((last,),) = await self.fetch(_advance(), {"step": count})
        return int(last) - count + 1


def _values(ready: Compiled, params: Params | None) -> dict[str, Any]:
    """The parameters by name, lists as JSON."""
    values = ready.bind(params)
    return values | {name: _ENCODER.encode(values[name]).decode() for name in ready.lists}


@lru_cache(maxsize=256)
def _as_one_text(statement: Executable) -> str:
    """The statement as one that gives a JSON array of its rows, in their order."""
    columns = ", ".join(column.name for column in cast("Select[Any]", statement).selected_columns)
    rows = compiled(statement, DIALECT).text
    return f"SELECT json_group_array(json_array({columns})) FROM ({rows})"


@lru_cache(maxsize=256)
def _as_column_texts(statement: Executable) -> str:
    """The statement as one that gives a JSON array of each column, in the order of its rows."""
    names = (column.name for column in cast("Select[Any]", statement).selected_columns)
    arrays = ", ".join(f"json_group_array({name})" for name in names)
    return f"SELECT {arrays} FROM ({compiled(statement, DIALECT).text})"


@cache
def _advance() -> Executable:
    row = counter.c
    return (
        update(counter)
        .where(row.name == "request_id")
        .values(value=row.value + integer("step"))
        .returning(row.value)
    )


def drive(work: Callable[[SqliteTransaction], Coroutine[Any, Any, T]], tx: SqliteTransaction) -> T:
    """Run a coroutine that never suspends to its end, without an event loop."""
    coroutine = work(tx)
    try:
        coroutine.send(None)
    except StopIteration as done:
        return cast("T", done.value)
    coroutine.close()
    raise RuntimeError("work on SQLite must not wait for anything but its transaction")
