"""The plans of workspaces, what they count by month, and the buckets of rate limits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REAL_AND_TEST = "(0, 1)"
MONTH = {
    "sqlite": (
        "CAST(strftime('%Y', received_at / 1000, 'unixepoch') AS INTEGER) * 12"
        " + CAST(strftime('%m', received_at / 1000, 'unixepoch') AS INTEGER) - 1"
    ),
    "postgresql": (
        "CAST(extract(year FROM to_timestamp(received_at / 1000) AT TIME ZONE 'UTC') * 12"
        " + extract(month FROM to_timestamp(received_at / 1000) AT TIME ZONE 'UTC') - 1 AS bigint)"
    ),
}
"""The number of a row's month in UTC: year * 12 + month - 1."""


def upgrade() -> None:
    """Make the tables, and count what is stored: one walk over all events."""
    op.add_column("workspace", sa.Column("plan", sa.Text(), nullable=True))
    op.create_table(
        "request_month",
        *(sa.Column(name, BIG, primary_key=True, autoincrement=False) for name in ("workspace_id", "month")),
        sa.Column("request_count", BIG, nullable=False),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rate_bucket",
        sa.Column("api_key_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("full_at_ns", BIG, nullable=False),
        sqlite_strict=True,
    )
    op.execute(
        "INSERT INTO request_month (workspace_id, month, request_count)"
        f" SELECT workspace_id, {MONTH[op.get_bind().dialect.name]}, count(*) FROM usage_event"
        f" WHERE data_mode IN {REAL_AND_TEST} GROUP BY 1, 2"
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("rate_bucket")
    op.drop_table("request_month")
    op.drop_column("workspace", "plan")
