"""Channels, and messages on their way to them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()
_TABLES = ("delivery", "message", "channel_secret", "channel")


def upgrade() -> None:
    """Make the tables; nothing is sent before somebody adds a channel."""
    _channels()
    _messages()
    _deliveries()


def downgrade() -> None:
    """Forget them: what is on its way does not arrive."""
    for table in _TABLES:
        op.drop_table(table)


def _channels() -> None:
    _table(
        "channel",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "name", "kind", "target"),
        *_columns(BIG, "is_enabled"),
        sa.Column("quiet", TEXT, nullable=True),
        *_columns(BIG, "created_by", "created_at"),
        sa.Column("removed_at", BIG, nullable=True),
        *_columns(BIG, "version"),
    )
    live = sa.text("removed_at IS NULL")
    op.create_index(
        "channel_name",
        "channel",
        ["workspace_id", "name"],
        unique=True,
        postgresql_where=live,
        sqlite_where=live,
    )
    _table(
        "channel_secret",
        sa.Column("channel_id", BIG, primary_key=True, autoincrement=False),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "body"),
    )


def _messages() -> None:
    _table(
        "message",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "kind", "severity", "title", "text", "path", "facts", "data", "dedupe_key"),
        *_columns(BIG, "created_at"),
    )
    op.create_index("message_once", "message", ["workspace_id", "dedupe_key"], unique=True)
    op.create_index("message_age", "message", ["created_at"])


def _deliveries() -> None:
    _table(
        "delivery",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id", "message_id", "channel_id"),
        *_columns(TEXT, "key", "state"),
        *_columns(BIG, "attempt_count"),
        sa.Column("next_at", BIG, nullable=True),
        sa.Column("error", TEXT, nullable=True),
        *_columns(BIG, "created_at"),
        sa.Column("finished_at", BIG, nullable=True),
        *_columns(BIG, "version"),
    )
    # What is sent or given up is not in it: looking for what is due costs the same however long the log is.
    waiting = sa.text("next_at IS NOT NULL")
    op.create_index("delivery_due", "delivery", ["next_at"], postgresql_where=waiting, sqlite_where=waiting)
    op.create_index("delivery_log", "delivery", ["workspace_id", "id"])
    op.create_index("delivery_message", "delivery", ["message_id"])


def _table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sqlite_strict=True)


def _columns(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=False) for name in names]
