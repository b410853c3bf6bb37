"""Alembic's entry: the connection comes from `run`.

A SQLite file is upgraded in one transaction. On PostgreSQL, where others serve meanwhile, each migration has
its own, so that no table is locked for longer than its change takes.
"""

from __future__ import annotations

from alembic import context

from farthing.storage.sql.schema import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    transaction_per_migration=connection.dialect.name == "postgresql",
)
with context.begin_transaction():
    context.run_migrations()
