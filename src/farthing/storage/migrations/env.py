"""Alembic's entry: the connection comes from `run`, in one transaction per upgrade."""

from __future__ import annotations

from alembic import context

from farthing.storage.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
