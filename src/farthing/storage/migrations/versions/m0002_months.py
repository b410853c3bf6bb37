"""Cells of months, and one mark up to which all coarser cells are filled.

Cells of hours and days are emptied: the server makes them again from quarters, a few hours at a time, while
reads take quarters instead. Nothing is lost; the first minutes after the upgrade are slower.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SUMS = (
    "request_count",
    "error_count",
    "cost_picousd",
    "unpriced_request_count",
    "unpriced_token_count",
    "latency_count",
    "latency_ms_sum",
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write",
    "audio_input",
    "image_input",
    "video_input",
    "audio_cache_read",
    "output_visible",
    "reasoning",
    "audio_output",
    "image_output",
    "web_searches",
)
FAMILIES = {
    "model": ("provider_ref", "model_ref"),
    "endpoint": ("endpoint_tag_ref", "prompt_version_ref"),
    "tenant": ("tenant_ref",),
    "user": ("user_ref",),
}
LATENCY_FAMILIES = ("model", "endpoint")


def upgrade() -> None:
    """Make the months' tables, and begin sealing anew."""
    for family, keys in FAMILIES.items():
        _cells(f"by_{family}_month", keys, *(sa.Column(fact, BIG, nullable=False) for fact in SUMS))
    for family in LATENCY_FAMILIES:
        histogram = sa.Column("histogram", sa.LargeBinary(), nullable=False)
        _cells(f"latency_by_{family}_month", FAMILIES[family], histogram)
    op.execute("ALTER TABLE workspace RENAME COLUMN hours_sealed_quarter TO sealed_quarter")
    op.execute("ALTER TABLE workspace DROP COLUMN days_sealed_quarter")
    _forget_sealed()
    op.execute("UPDATE workspace SET sealed_quarter = 0")


def _cells(name: str, keys: tuple[str, ...], *values: sa.Column[Any]) -> None:
    key = ("workspace_id", "data_mode", "environment", "quarter", *keys)
    op.create_table(
        name,
        *(sa.Column(column, BIG, primary_key=True, autoincrement=False, nullable=False) for column in key),
        *values,
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _forget_sealed() -> None:
    for grain in ("hour", "day"):
        for family in FAMILIES:
            op.execute(f"DELETE FROM by_{family}_{grain}")
        for family in LATENCY_FAMILIES:
            op.execute(f"DELETE FROM latency_by_{family}_{grain}")


def downgrade() -> None:
    """Remove the months' tables, and begin sealing anew."""
    for family in FAMILIES:
        op.drop_table(f"by_{family}_month")
    for family in LATENCY_FAMILIES:
        op.drop_table(f"latency_by_{family}_month")
    op.execute("ALTER TABLE workspace RENAME COLUMN sealed_quarter TO hours_sealed_quarter")
    op.add_column("workspace", sa.Column("days_sealed_quarter", BIG, nullable=False, server_default="0"))
    _forget_sealed()
    op.execute("UPDATE workspace SET hours_sealed_quarter = 0")
