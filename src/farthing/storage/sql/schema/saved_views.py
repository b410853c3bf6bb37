"""The table of views that people saved."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table

from farthing.storage.sql.schema.columns import big, metadata, row_id, text

saved_view: Final = Table(
    "saved_view",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("name", "question"),
    *big("is_shared", "is_pinned", "created_by", "created_at", "changed_at"),
    *big("removed_at", nullable=True),
    *big("version"),
)
