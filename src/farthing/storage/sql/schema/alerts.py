"""The tables of what workspaces say of alerts, of incidents, and of how far summaries are."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, text

alert_settings: Final = Table(
    "alert_settings",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    *text("body"),
    *big("version"),
)
"""`body` is JSON: read by its key and as a whole, for each message."""

alert_incident: Final = Table(
    "alert_incident",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("incident_key", Text, primary_key=True),
    *text("standing"),
    *big("last_at"),
)
"""`standing` is JSON (rules.alert_routing). Whoever tells of an incident takes its row."""

digest_item: Final = Table(
    "digest_item",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("rule_id", BigInteger, primary_key=True),
    Column("message_id", BigInteger, primary_key=True),
)
"""What is collected for the next summary of a rule."""

alert_mark: Final = Table(
    "alert_mark",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("name", Text, primary_key=True),
    *big("at"),
)

workspace_policy: Final = Table(
    "workspace_policy",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    *big("observed_since", "observed_by", nullable=True),
    *text("reason"),
    *big("version"),
)
