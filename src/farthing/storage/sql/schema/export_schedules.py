"""The tables of exports that are made by themselves."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, row_id, text

export_schedule: Final = Table(
    "export_schedule",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("name", "what", "format", "focus_version", "dimensions", "filters", "every"),
    *big("at_minute"),
    *text("timezone", "destination"),
    *big("is_enabled", "next_start", "next_at", "job_id", "attempt_count"),
    Column("error", Text, nullable=True),
    *big("created_by", "created_at"),
    *big("removed_at", nullable=True),
    *big("version"),
)

export_secret: Final = Table(
    "export_secret",
    metadata,
    Column("schedule_id", BigInteger, primary_key=True),
    *big("workspace_id"),
    *text("body"),
)
"""Apart from schedules, so that listing them can't give any of it away."""
