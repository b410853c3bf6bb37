"""Workspaces' own prices and aliases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=nullable) for name in names]


def _table(name: str, *columns: sa.Column[str] | sa.Column[int]) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), primary_key=True),
        *_numbers("workspace_id"),
        *columns,
        *_texts("note"),
        *_numbers("created_by", "created_at"),
        *_numbers("removed_by", "removed_at", nullable=True),
        sqlite_strict=True,
    )
    op.create_index(f"{name}_of", name, ["workspace_id"])


def upgrade() -> None:
    """Make the tables and the mark that changes are known by."""
    op.add_column("workspace", sa.Column("prices_version", BIG, nullable=False, server_default="0"))
    _table(
        "price_override",
        *_texts("provider"),
        *_texts("model", "tier", nullable=True),
        *_texts("rates"),
        *_numbers("discount_ppm"),
        *_numbers("start", "end", nullable=True),
    )
    _table("model_alias", *_texts("provider", "name", "target_provider", "target_model"))


def downgrade() -> None:
    """Remove them."""
    op.drop_table("model_alias")
    op.drop_table("price_override")
    op.drop_column("workspace", "prices_version")
