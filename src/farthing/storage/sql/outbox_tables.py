"""The tables of channels, messages and deliveries, beside those of `schema`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from farthing.storage.sql.schema import metadata


def _big(*names: str, nullable: bool = False) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=nullable) for name in names]


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


channel: Final = Table(
    "channel",
    metadata,
    _id(),
    *_big("workspace_id"),
    *_text("name", "kind", "target"),
    *_big("is_enabled"),
    Column("quiet", Text, nullable=True),
    *_big("created_by", "created_at"),
    *_big("removed_at", nullable=True),
    *_big("version"),
)

channel_secret: Final = Table(
    "channel_secret",
    metadata,
    Column("channel_id", BigInteger, primary_key=True),
    *_big("workspace_id"),
    *_text("body"),
)
"""Apart from channels, so that listing them can't give any of it away."""

message: Final = Table(
    "message",
    metadata,
    _id(),
    *_big("workspace_id"),
    *_text("kind", "severity", "title", "text", "path", "facts", "data", "dedupe_key"),
    *_big("created_at"),
)

delivery: Final = Table(
    "delivery",
    metadata,
    _id(),
    *_big("workspace_id", "message_id", "channel_id"),
    *_text("key", "state"),
    *_big("attempt_count"),
    *_big("next_at", nullable=True),
    Column("error", Text, nullable=True),
    *_big("created_at"),
    *_big("finished_at", nullable=True),
    *_big("version"),
)
"""`next_at` is when whoever sends looks at it next, and the end of the lease of whoever sends it."""
