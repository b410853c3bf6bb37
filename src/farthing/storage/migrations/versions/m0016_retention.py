"""How long calls are kept: what was asked for, how far it has gone, holds, and what was removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _key(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, primary_key=True, autoincrement=False) for name in names]


def _big(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=nullable) for name in names]


def _table(name: str, *columns: sa.Column[int] | sa.Column[str]) -> None:
    op.create_table(name, *columns, sqlite_strict=True, sqlite_with_rowid=False)


def upgrade() -> None:
    """Nothing is limited so far, and nothing removed."""
    _table(
        "retention",
        *_key("workspace_id", "data_mode"),
        *_big("raw_days", "summary_days", nullable=True),
        *_big("raw_from", "summary_from", "removed_to"),
    )
    _table(
        "legal_hold",
        *_key("workspace_id"),
        sa.Column("reason", sa.Text(), nullable=False),
        *_big("held_by", "held_at"),
    )
    _table("late_quarter", *_key("workspace_id", "quarter"), *_big("last_id"))
    counts = _big("workspace_id", "row_count", "cell_count")
    _table("retention_removed", *_key("job_id", "data_mode", "month"), *counts)


def downgrade() -> None:
    """Forget it; what was removed stays removed."""
    for name in ("retention_removed", "late_quarter", "legal_hold", "retention"):
        op.drop_table(name)
