"""Who people are at an OpenID provider."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """One row for each way that somebody is known."""
    op.create_table(
        "person_identity",
        sa.Column("issuer", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("created_at", BIG, nullable=False),
        sqlite_strict=True,
    )


def downgrade() -> None:
    """Forget them: whoever has no password sets one by the link of a forgotten one."""
    op.drop_table("person_identity")
