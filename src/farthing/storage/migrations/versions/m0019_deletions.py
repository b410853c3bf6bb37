"""Deletions with their certificates; and an index that finds test and demo events, however many are real.

Making the index reads every event once.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOT_REAL = sa.text("data_mode <> 0")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=nullable) for name in names]


def upgrade() -> None:
    """Make the table and the index, which costs real events nothing."""
    op.create_table(
        "deletion",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_numbers("workspace_id"),
        *_texts("data_mode"),
        *_numbers("owner_id", nullable=True),
        *_numbers("last_id"),
        *_texts("state"),
        *_numbers("cursor"),
        *_texts("deleted"),
        *_texts("real_before", "real_after", nullable=True),
        *_numbers("job_id", "created_by", "created_at"),
        *_numbers("finished_at", nullable=True),
        *_numbers("version"),
        sqlite_strict=True,
    )
    op.create_index("deletion_of", "deletion", ["workspace_id"])
    op.create_index(
        "usage_event_unreal",
        "usage_event",
        ["workspace_id", "data_mode", "occurred_at", "owner_id"],
        sqlite_where=NOT_REAL,
        postgresql_where=NOT_REAL,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index("usage_event_unreal", "usage_event")
    op.drop_table("deletion")
