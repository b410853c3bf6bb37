"""Sums know retries, and there are sums by API key: what comes from tomorrow on is in them as a whole."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import product
from typing import Any, Final

import sqlalchemy as sa
from alembic import op

from farthing.storage.migrations.online import is_postgres, one_by_one

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
FAMILIES: Final = ("model", "endpoint", "tenant", "user")
GRAINS: Final = ("quarter", "hour", "day", "month")
KEY: Final = ("workspace_id", "data_mode", "environment", "quarter", "api_key_id")
SUMS: Final = (
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
    "tool_calls",
    "search_units",
    "pages",
    "audio_seconds",
    "retry_count",
)
_HOUR_MS: Final = 60 * 60 * 1000
_DAY_MS: Final = 24 * 60 * 60 * 1000


def _cells() -> Iterator[str]:
    yield from (f"by_{family}_{grain}" for family, grain in product(FAMILIES, GRAINS))


def upgrade() -> None:
    """What is stored counts no retry. Servers of the release before have a day to go."""
    with one_by_one():
        _add("usage_event", sa.Column("is_retry", SMALL, nullable=False, server_default="0"))
        for table in _cells():
            _add(table, sa.Column("retry_count", BIG, nullable=False, server_default="0"))
    for grain in GRAINS:
        op.create_table(
            f"by_key_{grain}",
            *(sa.Column(name, BIG, primary_key=True, autoincrement=False, nullable=False) for name in KEY),
            *(sa.Column(name, BIG, nullable=False) for name in SUMS),
            sqlite_strict=True,
            sqlite_with_rowid=False,
            if_not_exists=True,
        )
    tomorrow = (int(time.time() * 1000) + _DAY_MS) // _HOUR_MS * _HOUR_MS
    # The default is for workspaces that servers of the release before make meanwhile.
    _add("workspace", sa.Column("keys_from", BIG, nullable=False, server_default=str(tomorrow)))


def _add(table: str, column: sa.Column[Any]) -> None:
    """SQLite knows no IF NOT EXISTS here, and needs none: nobody else is at its file."""
    op.add_column(table, column, if_not_exists=True if is_postgres() else None)


def downgrade() -> None:
    """Forget them; what a call was stays in its `extra`."""
    op.drop_column("workspace", "keys_from")
    for grain in GRAINS:
        op.drop_table(f"by_key_{grain}")
    for table in _cells():
        op.drop_column(table, "retry_count")
    op.drop_column("usage_event", "is_retry")
