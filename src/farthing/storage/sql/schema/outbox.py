"""The tables of channels, messages and deliveries."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, row_id, text

channel: Final = Table(
    "channel",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("name", "kind", "target"),
    *big("is_enabled"),
    Column("quiet", Text, nullable=True),
    *big("created_by", "created_at"),
    *big("removed_at", nullable=True),
    *big("version"),
)

channel_secret: Final = Table(
    "channel_secret",
    metadata,
    Column("channel_id", BigInteger, primary_key=True),
    *big("workspace_id"),
    *text("body"),
)
"""Apart from channels, so that listing them can't give any of it away."""

message: Final = Table(
    "message",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("kind", "severity", "title", "text", "path", "facts", "data", "dedupe_key"),
    *big("created_at"),
    Column("incident_key", Text, nullable=True),
    *big("window_start", "window_end", nullable=True),
    *text("filters"),
    *big("cooldown_applied", "dedupe_applied"),
    *big("acknowledged_at", "snoozed_until", "handled_by", nullable=True),
)
"""What people make of it in the inbox stands beside what it says."""

delivery: Final = Table(
    "delivery",
    metadata,
    row_id(),
    *big("workspace_id", "message_id", "channel_id"),
    *text("key", "state"),
    *big("attempt_count"),
    *big("next_at", nullable=True),
    Column("error", Text, nullable=True),
    *big("created_at"),
    *big("finished_at", nullable=True),
    *big("version"),
)
"""`next_at` is when whoever sends looks at it next, and the end of the lease of whoever sends it."""
