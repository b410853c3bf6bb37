"""Views that people save."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text()


def upgrade() -> None:
    """Make the table; nobody has saved anything yet."""
    op.create_table(
        "saved_view",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *_columns(BIG, "workspace_id"),
        *_columns(TEXT, "name", "question"),
        *_columns(BIG, "is_shared", "is_pinned", "created_by", "created_at", "changed_at"),
        sa.Column("removed_at", BIG, nullable=True),
        *_columns(BIG, "version"),
        sqlite_strict=True,
    )
    _index("saved_view_live", sa.text("removed_at IS NULL"))
    _index("saved_view_pinned", sa.text("removed_at IS NULL AND is_pinned = 1"))


def downgrade() -> None:
    """Forget them."""
    op.drop_table("saved_view")


def _index(name: str, where: Any) -> None:
    op.create_index(name, "saved_view", ["workspace_id"], postgresql_where=where, sqlite_where=where)


def _columns(of: Any, *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, of, nullable=False) for name in names]
