"""What a copy of the rows, if there is one, has to hear of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FEED = ("number", "is_on", "change", "copied_to", "applied_to", "copied_at", "read_at")
_CHANGE = ("change", "request_id", "workspace_id", "occurred_at")


def upgrade() -> None:
    """No copy is fed yet."""
    op.create_table(
        "copy_feed",
        sa.Column("id", BIG, primary_key=True),
        sa.Column("installation", sa.Text(), nullable=False),
        *(sa.Column(name, BIG, nullable=False) for name in _FEED),
        sqlite_strict=True,
    )
    op.create_table(
        "copy_change",
        *(sa.Column(name, BIG, nullable=False) for name in _CHANGE),
        sa.PrimaryKeyConstraint("change", "request_id"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("copy_change_of", "copy_change", ["workspace_id", "request_id"])


def downgrade() -> None:
    """A copy begins anew when it is fed again."""
    op.drop_table("copy_change")
    op.drop_table("copy_feed")
