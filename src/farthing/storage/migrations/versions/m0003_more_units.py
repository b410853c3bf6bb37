"""Units that are no tokens: tool calls, search units, pages, seconds of audio."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
UNITS = ("tool_calls", "search_units", "pages", "audio_seconds")
FAMILIES = ("model", "endpoint", "tenant", "user")
GRAINS = ("quarter", "hour", "day", "month")


def _tables() -> Iterator[str]:
    yield "usage_event"
    yield from (f"by_{family}_{grain}" for family, grain in product(FAMILIES, GRAINS))


def upgrade() -> None:
    """Add a column for each; what is stored has none of them."""
    for table, unit in product(_tables(), UNITS):
        op.add_column(table, sa.Column(unit, BIG, nullable=False, server_default="0"))


def downgrade() -> None:
    """Remove the columns."""
    for table, unit in product(_tables(), UNITS):
        op.drop_column(table, unit)
