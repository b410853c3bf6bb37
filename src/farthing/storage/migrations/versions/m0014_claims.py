"""Whose turn it is to do what is done by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """One row for each thing."""
    op.create_table(
        "claim",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("until", BIG, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Every turn is free again."""
    op.drop_table("claim")
