"""Imported price books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "price_book",
        sa.Column("id", sa.Integer(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("version", "date", "source")),
        sa.Column("imported_by", sa.Text(), nullable=False),
        sa.Column("imported_at", BIG, nullable=False),
        # Last, so that whoever asks for the rest of a row need not read through it.
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("price_book")
