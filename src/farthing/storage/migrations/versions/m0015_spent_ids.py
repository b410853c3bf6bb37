"""Ids that stay used though their calls are gone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "spent_id",
        sa.Column("workspace_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("external_hash", BIG, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("request_id", BIG, nullable=False),
        sa.Column("expires_at", BIG, nullable=True),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("spent_id_of", "spent_id", ["workspace_id", "request_id"])
    op.create_index(
        "spent_id_expiring",
        "spent_id",
        ["workspace_id", "expires_at"],
        sqlite_where=sa.text("expires_at IS NOT NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("spent_id")
    op.execute("DELETE FROM counter WHERE name <> 'request_id'")
