"""The units that a discount of a workspace's own is for; those there are were for all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every discount there is stays one of all units."""
    units = sa.Column("discount_units", sa.Text(), nullable=False, server_default="[]")
    op.add_column("price_override", units)


def downgrade() -> None:
    """Discounts of some units alone go: without their units they would be of all."""
    op.execute("UPDATE price_override SET discount_ppm = 0 WHERE discount_units <> '[]'")
    op.drop_column("price_override", "discount_units")
