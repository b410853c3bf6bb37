"""Who has put the checklist of a first day away, or finished it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = ("workspace_id", "person_id")


def upgrade() -> None:
    """Nobody has yet: whoever looks at an old workspace that is in order is asked nothing."""
    op.create_table(
        "checklist_end",
        *(sa.Column(name, BIG, nullable=False) for name in (*_KEY, "ended_at")),
        sa.PrimaryKeyConstraint(*_KEY),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("checklist_end")
