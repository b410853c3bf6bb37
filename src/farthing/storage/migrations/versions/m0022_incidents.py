"""Incidents, mutes, and what is known of the places that are watched."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()
_TABLES = ("watched_place", "watch", "incident_mute", "incident")


def upgrade() -> None:
    """Make the tables: watching begins with the next look."""
    _incidents()
    _table(
        "incident_mute",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "place", "signal"),
        *_columns(BIG, "until", "created_by", "created_at", "version"),
    )
    op.create_index("incident_mute_of", "incident_mute", ["workspace_id", "until"])
    _table(
        "watch",
        sa.Column("workspace_id", BIG, primary_key=True, autoincrement=False),
        *_columns(BIG, "since", "looked_at", "place_count", "floor_picousd", "version"),
    )
    _table(
        "watched_place",
        sa.Column("workspace_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("place", TEXT, primary_key=True),
        *_columns(BIG, "learnt_at"),
        *_columns(sa.LargeBinary(), "body"),
    )


def downgrade() -> None:
    """Forget them."""
    for table in _TABLES:
        op.drop_table(table)


def _incidents() -> None:
    nullable = ("acknowledged_by", "acknowledged_at", "snoozed_until", "muted_until")
    _table(
        "incident",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "family", "signal"),
        *_columns(BIG, "opened_at", "last_at"),
        sa.Column("ended_at", BIG, nullable=True),
        *_columns(TEXT, "body"),
        *(sa.Column(name, BIG, nullable=True) for name in nullable),
        *_columns(BIG, "version"),
    )
    op.create_index("incident_once", "incident", ["workspace_id", "family", "opened_at"], unique=True)
    op.create_index("incident_log", "incident", ["workspace_id", "id"])
    # What goes on is found at every look, however many there were.
    op.create_index("incident_lively", "incident", ["workspace_id", "ended_at"])


def _table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sqlite_strict=True)


def _columns(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=False) for name in names]
