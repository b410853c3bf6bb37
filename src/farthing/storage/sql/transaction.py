"""What the shared SQL code needs of a database.

Fetch, execute, insert events. And compiled statements, cached.

Statements are built once by cached functions and compiled once per dialect, so that a query costs
its execution and not its construction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol, TypeVar

from sqlalchemy import ARRAY, Executable
from sqlalchemy.engine.interfaces import Dialect

from farthing.storage.sql.tenancy import require_scope

T = TypeVar("T")
Params = Mapping[str, Any]
Rows = Sequence[tuple[Any, ...]]


class SumOverflowError(Exception):
    """A sum left the range of a 64-bit integer; the transaction that met it has to be rolled back."""


class Transaction(Protocol):
    """One transaction: a snapshot to read, and for the writer a place to write.

    On SQLite nothing here ever suspends, so that a whole piece of work runs in one thread (see `drive`).
    """

    async def fetch(self, statement: Executable, params: Params | None = None) -> Rows:
        """The rows of a statement."""
        ...

    async def fetch_at_once(self, statement: Executable, params: Params | None = None) -> Rows:
        """The same for a few thousand rows of integers and texts.

        Where a row that is fetched by itself costs handing over Python's lock, none is.
        """
        ...

    async def fetch_columns(self, statement: Executable, params: Params | None = None) -> list[list[Any]]:
        """The same as a list for each column; of no rows there may be none."""
        ...

    async def execute(self, statement: Executable, params: Params | None = None) -> int:
        """Run a statement; returns how many rows it changed."""
        ...

    async def execute_many(self, statement: Executable, params: Sequence[Params]) -> None:
        """Run a statement once for each set of parameters."""
        ...

    async def insert_events(self, rows: Sequence[Sequence[Any]]) -> int:
        """Insert rows of `usage_event` in column order, leaving out those whose hash is there.

        How many went in.
        """
        ...

    async def wait_for(self, call: Callable[[], T]) -> T:
        """What something returns that blocks, such as another engine; nothing else waits for it."""
        ...

    async def next_request_ids(self, count: int) -> int:
        """Reserve `count` request ids that follow one another; returns the first."""
        ...


@dataclass(frozen=True)
class Compiled:
    """A statement as text of a dialect: `defaults` are the values of its own constants.

    `lists` are the parameters that are lists (see `members.among`).
    """

    text: str
    names: tuple[str, ...]
    defaults: dict[str, Any]
    lists: tuple[str, ...]

    def bind(self, params: Params | None) -> dict[str, Any]:
        """All values by name."""
        return {**self.defaults, **params} if params else self.defaults


@lru_cache(maxsize=2048)
def compiled(statement: Executable, dialect: Dialect) -> Compiled:
    """Compile once per statement object and dialect; statements come from cached builders.

    Raises UnscopedStatementError for one that keeps workspaces not apart.
    """
    require_scope(statement)
    done = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
    names = tuple(done.positiontup or ())
    defaults = {key: value for key, value in done.params.items() if value is not None}
    lists = tuple(name for name, bound in done.binds.items() if isinstance(bound.type, ARRAY))
    return Compiled(str(done), names, defaults, lists)
