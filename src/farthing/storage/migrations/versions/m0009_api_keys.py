"""What a key lets its calls be, its end, its last use, and which key it takes the place of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = {"note": "", "data_mode": "real", "environment": "prod", "environments": "prod,staging,dev"}
NUMBERS = ("expires_at", "last_used_at", "replaces_id")


def upgrade() -> None:
    """Add the columns; keys that are there keep working as they do."""
    for name, default in TEXTS.items():
        op.add_column("api_key", sa.Column(name, sa.Text(), nullable=False, server_default=default))
    for name in NUMBERS:
        op.add_column("api_key", sa.Column(name, BIG, nullable=True))
    op.create_index("api_key_of", "api_key", ["workspace_id"])
    op.create_index("api_key_replaces", "api_key", ["replaces_id"], unique=True)


def downgrade() -> None:
    """Remove them."""
    op.drop_index("api_key_replaces", "api_key")
    op.drop_index("api_key_of", "api_key")
    for name in (*NUMBERS, *TEXTS):
        op.drop_column("api_key", name)
