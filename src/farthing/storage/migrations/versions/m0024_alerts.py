"""The inbox, what workspaces say of alerts, and whether what they decide is enforced."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()
_TABLES = ("workspace_policy", "alert_mark", "digest_item", "alert_incident", "alert_settings")
_OF_MESSAGES: dict[str, tuple[Any, str | None]] = {
    "incident_key": (TEXT, None),
    "window_start": (BIG, None),
    "window_end": (BIG, None),
    "filters": (TEXT, "[]"),
    "cooldown_applied": (BIG, "0"),
    "dedupe_applied": (BIG, "0"),
    "acknowledged_at": (BIG, None),
    "snoozed_until": (BIG, None),
    "handled_by": (BIG, None),
}
"""Columns with what they have where nothing was said; None can be absent."""


def upgrade() -> None:
    """Make the tables; messages that are there are open alerts of no incident."""
    for name, (of, default) in _OF_MESSAGES.items():
        op.add_column("message", sa.Column(name, of, nullable=default is None, server_default=default))
    is_open = sa.text("acknowledged_at IS NULL")
    op.create_index("message_inbox", "message", ["workspace_id", "id"])
    op.create_index(
        "message_open",
        "message",
        ["workspace_id", "id"],
        postgresql_where=is_open,
        sqlite_where=is_open,
    )
    has_incident = sa.text("incident_key IS NOT NULL")
    op.create_index(
        "message_incident",
        "message",
        ["workspace_id", "incident_key"],
        postgresql_where=has_incident,
        sqlite_where=has_incident,
    )
    _tables()
    op.create_index("alert_incident_age", "alert_incident", ["last_at"])
    op.create_index("digest_item_message", "digest_item", ["message_id"])


def downgrade() -> None:
    """Forget them: every message goes to every channel again."""
    for table in _TABLES:
        op.drop_table(table)
    for index in ("message_incident", "message_open", "message_inbox"):
        op.drop_index(index, "message")
    for name in _OF_MESSAGES:
        op.drop_column("message", name)


def _tables() -> None:
    _table("alert_settings", *_key("workspace_id"), *_columns(TEXT, "body"), *_columns(BIG, "version"))
    _table(
        "alert_incident",
        *_key("workspace_id"),
        sa.Column("incident_key", TEXT, primary_key=True),
        *_columns(TEXT, "standing"),
        *_columns(BIG, "last_at"),
    )
    _table("digest_item", *_key("workspace_id", "rule_id", "message_id"))
    _table(
        "alert_mark",
        *_key("workspace_id"),
        sa.Column("name", TEXT, primary_key=True),
        *_columns(BIG, "at"),
    )
    _table(
        "workspace_policy",
        *_key("workspace_id"),
        sa.Column("observed_since", BIG, nullable=True),
        sa.Column("observed_by", BIG, nullable=True),
        *_columns(TEXT, "reason"),
        *_columns(BIG, "version"),
    )


def _table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(name, *columns, sqlite_strict=True)


def _key(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, BIG, primary_key=True, autoincrement=False) for name in names]


def _columns(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=False) for name in names]
