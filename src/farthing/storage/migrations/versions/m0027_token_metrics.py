"""Where spans of a key have the fields of calls, and what senders' metrics say of tokens."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEY = ("workspace_id", "day", "api_key_id", "provider", "model", "token_type")
_SERIES = ("workspace_id", "series", "token_sum", "seen_ns", "expires_at")
_TEXTS = ("provider", "model", "token_type")


def upgrade() -> None:
    """No key says anything of attributes yet; no metric was kept before."""
    op.add_column("api_key", sa.Column("attributes", sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "token_metric",
        *(sa.Column(name, sa.Text() if name in _TEXTS else BIG, nullable=False) for name in _KEY),
        sa.Column("token_count", BIG, nullable=False),
        sa.PrimaryKeyConstraint(*_KEY),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "metric_series",
        *(sa.Column(name, BIG, nullable=False) for name in _SERIES),
        sa.PrimaryKeyConstraint("workspace_id", "series"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("metric_series_end", "metric_series", ["expires_at"])


def downgrade() -> None:
    """Forget both."""
    op.drop_table("metric_series")
    op.drop_table("token_metric")
    op.drop_column("api_key", "attributes")
