"""On PostgreSQL, the keys of the tables that grow with calls begin with the workspace.

So that the tables can be distributed by it. SQLite finds calls by the number of their row, which stays.
"""

from __future__ import annotations

from alembic import op

from farthing.storage.migrations.online import build_index, is_postgres, take_for_key

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index that keeps calls from being there twice becomes their key."""
    if not is_postgres():
        return
    build_index("usage_event_number", "usage_event", ["request_id"])
    build_index("call_version_key", "call_version", ["workspace_id", "request_id", "version"], unique=True)
    build_index("voided_call_key", "voided_call", ["workspace_id", "request_id"], unique=True)
    take_for_key("usage_event", "usage_event_once")
    for table in ("call_version", "voided_call"):
        take_for_key(table, f"{table}_key")
        op.drop_index(f"{table}_of", table)


def downgrade() -> None:
    """The number of a call is its key again."""
    if not is_postgres():
        return
    build_index("usage_event_once", "usage_event", ["workspace_id", "external_hash"], unique=True)
    build_index("usage_event_key", "usage_event", ["request_id"], unique=True)
    build_index("call_version_key", "call_version", ["request_id", "version"], unique=True)
    build_index("voided_call_key", "voided_call", ["request_id"], unique=True)
    take_for_key("usage_event", "usage_event_key")
    op.drop_index("usage_event_number", "usage_event")
    for table in ("call_version", "voided_call"):
        take_for_key(table, f"{table}_key")
        build_index(f"{table}_of", table, ["workspace_id", "request_id"])
