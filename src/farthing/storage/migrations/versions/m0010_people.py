"""Invitations, one-time links for passwords, when members last came, workspaces that are marked deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables and columns."""
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("workspace_id", BIG, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("email", "role")),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("invited_by", BIG, nullable=True),
        *(sa.Column(name, BIG, nullable=False) for name in ("created_at", "expires_at")),
        sa.Column("ended_at", BIG, nullable=True),
        sqlite_strict=True,
    )
    op.create_index("invitation_of", "invitation", ["workspace_id"])
    op.create_table(
        "password_reset",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        *(sa.Column(name, BIG, nullable=False) for name in ("person_id", "created_at", "expires_at")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index("password_reset_of", "password_reset", ["person_id"])
    op.create_index("membership_of", "membership", ["person_id"])
    op.add_column("membership", sa.Column("last_sign_in_at", BIG, nullable=True))
    op.add_column("workspace", sa.Column("deleted_at", BIG, nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("workspace", "deleted_at")
    op.drop_column("membership", "last_sign_in_at")
    op.drop_index("membership_of", "membership")
    op.drop_table("password_reset")
    op.drop_table("invitation")
