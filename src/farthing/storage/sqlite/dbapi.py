"""Just enough of Python's database API over an apsw connection for SQLAlchemy, which Alembic needs.

Migrations must go through apsw as everything else does: a second SQLite library in the process would break
locks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any, Final

import apsw
from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.pool import StaticPool


class Cursor:
    """A DB-API cursor."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []
        self.description: list[tuple[Any, ...]] | None = None
        self.rowcount = -1
        self.lastrowid = 0
        self.arraysize = 1

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """Run a statement in a transaction, beginning one if there is none."""
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
        cursor = self._connection.cursor()
        # Only before the first row: when there is none, the cursor has forgotten its columns afterwards.
        cursor.exec_trace = self._describe
        cursor.execute(sql, tuple(params))
        self._rows = cursor.fetchall()
        self.rowcount = self._connection.changes()
        self.lastrowid = self._connection.last_insert_rowid()

    def _describe(self, cursor: apsw.Cursor, _sql: str, _params: Any) -> bool:
        self.description = [(column[0], *[None] * 6) for column in cursor.get_description()] or None
        return True

    def executemany(self, sql: str, params: Iterable[Sequence[Any]]) -> None:
        """Run a statement for each set of parameters."""
        for one in params:
            self.execute(sql, one)

    def fetchone(self) -> tuple[Any, ...] | None:
        """The next row."""
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[tuple[Any, ...]]:
        """The next rows."""
        count = size or self.arraysize
        rows, self._rows = self._rows[:count], self._rows[count:]
        return rows

    def fetchall(self) -> list[tuple[Any, ...]]:
        """All rows that are left."""
        rows, self._rows = self._rows, []
        return rows

    def close(self) -> None:
        """Forget the rows."""
        self._rows = []


class Connection:
    """A DB-API connection. Closing it leaves the apsw connection open: that one belongs to the storage."""

    def __init__(self, connection: apsw.Connection) -> None:
        self.connection = connection

    def cursor(self) -> Cursor:
        """A new cursor."""
        return Cursor(self.connection)

    def commit(self) -> None:
        """Commit what was begun."""
        if self.connection.in_transaction:
            self.connection.execute("COMMIT")

    def rollback(self) -> None:
        """Undo what was begun."""
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Undo what was begun and not committed."""
        self.rollback()


_MODULE: Final = SimpleNamespace(
    paramstyle="qmark",
    sqlite_version=apsw.sqlite_lib_version(),
    sqlite_version_info=tuple(int(part) for part in apsw.sqlite_lib_version().split(".")),
    **dict.fromkeys(
        ("Error", "DatabaseError", "OperationalError", "IntegrityError", "InterfaceError"), apsw.Error
    ),
    **dict.fromkeys(("DataError", "InternalError", "ProgrammingError", "NotSupportedError"), apsw.Error),
)


class ApswDialect(SQLiteDialect):
    """SQLAlchemy's SQLite dialect, spoken through the module above."""

    driver = "apsw"
    default_paramstyle = "qmark"
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        """The DB-API module."""
        return _MODULE


registry.register("sqlite.apsw", __name__, "ApswDialect")


def engine_over(connection: apsw.Connection) -> Engine:
    """A SQLAlchemy engine whose only connection is this one."""
    return create_engine("sqlite+apsw://", creator=lambda: Connection(connection), poolclass=StaticPool)
