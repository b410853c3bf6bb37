"""What the analytics copy has to hear of: how far it has come, and which stored rows changed since."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table

from farthing.storage.sql.schema.columns import big, metadata, small, text

copy_feed: Final = Table(
    "copy_feed",
    metadata,
    # One row at most: an installation has one copy.
    Column("id", BigInteger, primary_key=True),
    *text("installation"),
    *big("number"),
    *small("is_on"),
    *big("change", "copied_to", "applied_to", "copied_at", "read_at"),
)
"""How far the copy is (`storage.contract.copies.Feed`)."""


copy_change: Final = Table(
    "copy_change",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("change", "request_id")),
    *big("workspace_id", "occurred_at"),
)
"""Rows that were changed, removed or put back since the copy took them, and the time they stood at."""
