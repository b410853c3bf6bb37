"""Jobs, re-pricings, and what re-priced calls were before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=nullable) for name in names]


def _numbers(*names: str, nullable: bool = False) -> list[sa.Column[int]]:
    return [sa.Column(name, BIG, nullable=nullable) for name in names]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_numbers("workspace_id"),
        *_texts("kind"),
        *_numbers("subject_id"),
        *_texts("state"),
        *_numbers("done", "total"),
        *_texts("result", "error", nullable=True),
        *_numbers("created_by", "created_at"),
        *_numbers("finished_at", nullable=True),
        *_numbers("lease_until", "version"),
        sqlite_strict=True,
    )
    op.create_index("job_of", "job", ["workspace_id"])
    op.create_index(
        "job_to_do",
        "job",
        ["id"],
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "repricing",
        sa.Column("id", sa.Integer(), primary_key=True),
        *_numbers("workspace_id"),
        *_texts("state", "scope", "prices_version"),
        *_numbers("job_id"),
        *_texts("preview", nullable=True),
        *_texts("applied"),
        *_texts("cursor", nullable=True),
        *_texts("note"),
        *_numbers("created_by", "created_at"),
        *_numbers("applied_by", "applied_at", "reverted_by", "reverted_at", nullable=True),
        *_numbers("reverted_count", "version"),
        sqlite_strict=True,
    )
    op.create_index("repricing_of", "repricing", ["workspace_id"])
    op.create_table(
        "repricing_change",
        sa.Column("repricing_id", BIG, primary_key=True, autoincrement=False),
        sa.Column("request_id", BIG, primary_key=True, autoincrement=False),
        *_numbers("model_ref", "flags_ref", "rate_card_id"),
        *_numbers("cost_picousd", nullable=True),
        *_numbers("pricing_status", "unpriced_tokens"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("repricing_change")
    op.drop_table("repricing")
    op.drop_table("job")
