"""Calls that were amended or voided, with what they were; erasures of identities."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    for name in ("call_version", "voided_call"):
        is_history = name == "call_version"
        versions = [sa.Column("version", BIG, primary_key=True, autoincrement=False)] if is_history else []
        op.create_table(
            name,
            sa.Column("request_id", BIG, primary_key=True, autoincrement=False),
            *versions,
            *(sa.Column(each, BIG, nullable=False) for each in ("workspace_id", "occurred_at", "owner_id")),
            sa.Column("data_mode", SMALL, nullable=False),
            *(_history() if is_history else [sa.Column("event", sa.Text(), nullable=False)]),
            sqlite_strict=True,
        )
        op.create_index(f"{name}_of", name, ["workspace_id", "request_id"])
        op.create_index(f"{name}_time", name, ["workspace_id", "occurred_at"])
    _erasures()
    op.add_column(
        "repricing", sa.Column("passed_over_count", BIG, nullable=False, server_default=sa.text("0"))
    )
    op.add_column(
        "repricing_change", sa.Column("is_passed_over", SMALL, nullable=False, server_default=sa.text("0"))
    )


def _erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("workspace_id", BIG, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("alias", "salt", "digest", "state")),
        sa.Column("in_others", FLAG, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("refs", sa.Text(), nullable=True),
        *(sa.Column(name, BIG, nullable=False) for name in ("last_request_id", "cursor")),
        sa.Column("counts", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("before", "after")),
        sa.Column("file_mentions", BIG, nullable=True),
        *(sa.Column(name, BIG, nullable=False) for name in ("created_by", "created_at")),
        sa.Column("finished_at", BIG, nullable=True),
        sa.Column("version", BIG, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("erasure_of", "erasure", ["workspace_id"])


def _history() -> list[sa.Column[Any]]:
    return [
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", BIG, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("made_by", "via", "reason", "before")),
    ]


def downgrade() -> None:
    """Remove them."""
    op.drop_column("repricing_change", "is_passed_over")
    op.drop_column("repricing", "passed_over_count")
    for name in ("call_version", "voided_call", "erasure"):
        op.drop_table(name)
