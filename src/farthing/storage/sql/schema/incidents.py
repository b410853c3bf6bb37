"""The tables of incidents and of what is watched."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, row_id, text

incident: Final = Table(
    "incident",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("family", "signal"),
    *big("opened_at", "last_at"),
    *big("ended_at", nullable=True),
    *text("body"),
    *big("acknowledged_by", "acknowledged_at", "snoozed_until", "muted_until", nullable=True),
    *big("version"),
)
"""`body` is what whoever watches has of it, as JSON; the columns before it repeat what is searched by."""

incident_mute: Final = Table(
    "incident_mute",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("place", "signal"),
    *big("until", "created_by", "created_at", "version"),
)

watch: Final = Table(
    "watch",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True, autoincrement=False),
    *big("since", "looked_at", "place_count", "floor_picousd", "version"),
)

watched_place: Final = Table(
    "watched_place",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True, autoincrement=False),
    Column("place", Text, primary_key=True),
    *big("learnt_at"),
    Column("body", LargeBinary, nullable=False),
)
"""What is usual of places; `place` is JSON, `body` MessagePack."""
