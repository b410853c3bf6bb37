"""Exports that are made by themselves."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()


def upgrade() -> None:
    """Make the tables; nothing is exported before somebody says what."""
    op.create_table(
        "export_schedule",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "name", "what", "format", "focus_version", "dimensions", "filters", "every"),
        *_columns(BIG, "at_minute"),
        *_columns(TEXT, "timezone", "destination"),
        *_columns(BIG, "is_enabled", "next_start", "next_at", "job_id", "attempt_count"),
        sa.Column("error", TEXT, nullable=True),
        *_columns(BIG, "created_by", "created_at"),
        sa.Column("removed_at", BIG, nullable=True),
        *_columns(BIG, "version"),
        sqlite_strict=True,
    )
    live = sa.text("removed_at IS NULL")
    on = sa.text("removed_at IS NULL AND is_enabled = 1")
    _index("export_schedule_name", ["workspace_id", "name"], live, unique=True)
    _index("export_schedule_due", ["next_at"], on)
    op.create_table(
        "export_secret",
        sa.Column("schedule_id", BIG, primary_key=True, autoincrement=False),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "body"),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget them; what was delivered stays where it is."""
    for table in ("export_secret", "export_schedule"):
        op.drop_table(table)


def _index(name: str, columns: list[str], where: Any, *, unique: bool = False) -> None:
    op.create_index(
        name, "export_schedule", columns, unique=unique, postgresql_where=where, sqlite_where=where
    )


def _columns(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=False) for name in names]
