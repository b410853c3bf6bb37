"""Changes of large tables while the release before still serves (decision 0042)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op


def is_postgres() -> bool:
    """Whether it is PostgreSQL that is migrated; a SQLite file has nobody else at work on it."""
    return op.get_bind().dialect.name == "postgresql"


@contextmanager
def one_by_one() -> Iterator[None]:
    """On PostgreSQL, each statement in here is a transaction of its own; they must bear to be run again.

    A migration that holds one table and waits for another may wait for a report that has read the other and
    waits for the first: then one of the two fails. Ends the transaction of the migration and begins another.
    """
    if not is_postgres():
        yield
        return
    with op.get_context().autocommit_block():
        yield


def build_index(name: str, table: str, columns: Sequence[str], *, unique: bool = False) -> None:
    """An index that is built beside what goes on, unless it is there already.

    Ends the transaction of the migration and begins another. What an attempt that was cut short has left is
    thrown away. It waits for whoever reads or writes the table, as long as that takes: nobody waits for it.
    """
    if not is_postgres():
        op.create_index(name, table, list(columns), unique=unique)
        return
    valid = op.get_bind().scalar(
        sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
    )
    if valid:
        return
    kind = "UNIQUE INDEX" if unique else "INDEX"
    with op.get_context().autocommit_block():
        limit = op.get_bind().scalar(sa.text("SHOW lock_timeout"))
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE {kind} CONCURRENTLY {name} ON {table} ({', '.join(columns)})")
        op.execute(f"SET lock_timeout = '{limit}'")


def take_for_key(table: str, index: str) -> None:
    """Make an index that is there the primary key in place of the one before: nothing is written anew."""
    key = f"{table}_pkey"
    op.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT {key}, ADD CONSTRAINT {key} PRIMARY KEY USING INDEX {index}"
    )
