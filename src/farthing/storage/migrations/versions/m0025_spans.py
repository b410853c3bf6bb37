"""Spans that are known for a while: calls, and sums that are held back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()
_IS_INNER = sa.text("parent_key <> 0")


def upgrade() -> None:
    """Make the tables; nothing was known before."""
    _table(
        "span_leaf",
        *_columns(BIG, "parent_key", "trace_key", "call_key", "output_tokens", "expires_at"),
    )
    # Roots have nothing around them: of most senders no row is in these two.
    inner: dict[str, Any] = {"postgresql_where": _IS_INNER, "sqlite_where": _IS_INNER}
    op.create_index("span_leaf_parent", "span_leaf", ["workspace_id", "parent_key"], **inner)
    op.create_index("span_leaf_trace", "span_leaf", ["workspace_id", "trace_key"], **inner)
    op.create_index("span_leaf_end", "span_leaf", ["expires_at"])
    _table(
        "span_total",
        *_columns(BIG, "parent_key", "trace_key"),
        *_columns(TEXT, "ancestors"),
        *_columns(BIG, "is_rooted", "start_at", "end_at", "token_count"),
        *_columns(TEXT, "external_request_id", "event"),
        *_columns(BIG, "look_at", "expires_at"),
    )
    op.create_index("span_total_trace", "span_total", ["workspace_id", "trace_key"])
    op.create_index("span_total_due", "span_total", ["look_at"])
    op.create_index("span_total_end", "span_total", ["expires_at"])


def downgrade() -> None:
    """Forget them: sums that are held back never count."""
    op.drop_table("span_total")
    op.drop_table("span_leaf")


def _table(name: str, *columns: sa.Column[Any]) -> None:
    key = (sa.Column(each, BIG, primary_key=True, autoincrement=False) for each in ("workspace_id", "key"))
    op.create_table(name, *key, *columns, sqlite_strict=True)


def _columns(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=False) for name in names]
