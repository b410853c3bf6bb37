"""Budgets, what is counted for them, and what was told of them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()
_CELL_KEY = ("workspace_id", "count_id", "grain", "value", "start")
_MARK_KEY = ("workspace_id", "count_id", "value", "start")
_SUMS = (
    "cost_kilousd",
    "cost_picousd",
    "request_count",
    "token_count",
    "unpriced_request_count",
    "unpriced_token_count",
)


def upgrade() -> None:
    """Make the tables; nothing is counted before somebody makes a budget."""
    op.create_table(
        "budget",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "name_key"),
        sa.Column("slot", TEXT, nullable=True),
        *_columns(BIG, "count_id"),
        *_columns(TEXT, "definition"),
        sa.Column("removed_at", BIG, nullable=True),
        *_columns(BIG, "version"),
        sqlite_strict=True,
    )
    op.create_index("budget_of_workspace", "budget", ["workspace_id", "id"])
    live = sa.text("removed_at IS NULL")
    for name in ("name_key", "slot"):
        op.create_index(
            f"budget_{name}",
            "budget",
            ["workspace_id", name],
            unique=True,
            postgresql_where=live,
            sqlite_where=live,
        )
    op.create_index("budget_by_count", "budget", ["count_id"])
    op.create_table(
        "budget_count",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id", "begun_at"),
        sqlite_strict=True,
    )
    _clustered("budget_cell", _CELL_KEY, _columns(BIG, *_SUMS))
    # All values of a period, or of the cells of a rolling one.
    op.create_index("budget_cell_by_start", "budget_cell", ["workspace_id", "count_id", "grain", "start"])
    _clustered("budget_mark", _MARK_KEY, _columns(TEXT, "marks"))
    _reservations()


def _reservations() -> None:
    identity = sa.Column("id", BIG, primary_key=True, autoincrement=True)
    times = _columns(BIG, "workspace_id", "created_at", "expires_at")
    op.create_table("budget_reservation", identity, *times, sqlite_strict=True)
    op.create_index("budget_reservation_end", "budget_reservation", ["workspace_id", "expires_at"])
    held = _columns(BIG, "workspace_id", "reservation_id", "count_id", "value", "start", "expires_at", *_SUMS)
    op.create_table(
        "budget_hold",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *held,
        sqlite_strict=True,
    )
    op.create_index("budget_hold_place", "budget_hold", ["workspace_id", "count_id", "value", "start"])
    op.create_index("budget_hold_of", "budget_hold", ["workspace_id", "reservation_id"])


def downgrade() -> None:
    """Forget them."""
    for what in ("_hold", "_reservation", "_mark", "_cell", "_count", ""):
        op.drop_table(f"budget{what}")


def _clustered(name: str, key: tuple[str, ...], columns: list[sa.Column[Any]]) -> None:
    keys = [sa.Column(each, BIG, primary_key=True, autoincrement=False) for each in key]
    op.create_table(name, *keys, *columns, sqlite_strict=True, sqlite_with_rowid=False)


def _columns(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=False) for name in names]
