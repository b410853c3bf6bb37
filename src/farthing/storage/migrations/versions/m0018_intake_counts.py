"""What came with a key and made no call, counted by day: duplicates, and refusals by their reason."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERS = ("workspace_id", "api_key_id", "day")
TEXTS = ("kind", "data_mode")


def upgrade() -> None:
    """Make the table. What came before is not known."""
    op.create_table(
        "intake_count",
        *(sa.Column(name, BIG, nullable=False) for name in NUMBERS),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        sa.Column("post_count", BIG, nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "day", "api_key_id", "kind", "data_mode"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget what was counted."""
    op.drop_table("intake_count")
