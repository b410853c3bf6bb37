"""What a job was asked to do, beside what it is done to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Jobs so far had nothing more to say."""
    op.add_column("job", sa.Column("request", sa.Text(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Forget what was asked."""
    op.drop_column("job", "request")
