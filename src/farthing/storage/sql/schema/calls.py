"""Calls as they are stored, what they were before, and the names that they refer to."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, LargeBinary, Table, Text

from farthing.rules.usage import UNITS
from farthing.storage.sql.schema.columns import big, metadata, row_id, small, text

name: Final = Table("name", metadata, row_id(), *big("workspace_id"), *small("kind"), *text("text"))


rate_card: Final = Table(
    "rate_card", metadata, row_id(), Column("digest", LargeBinary, nullable=False), *text("body")
)


NAME_REFS: Final = {
    "provider": "provider_ref",
    "model": "model_ref",
    "model_sent": "model_sent_ref",
    "model_requested": "model_requested_ref",
    "endpoint_tag": "endpoint_tag_ref",
    "prompt_version": "prompt_version_ref",
    "feature_tag": "feature_tag_ref",
    "user_id": "user_ref",
    "tenant_id": "tenant_ref",
    "error_code": "error_code_ref",
}
"""The columns that hold names, by the event's own name for them."""


usage_event: Final = Table(
    "usage_event",
    metadata,
    Column("request_id", BigInteger, primary_key=True),
    *big("workspace_id", "occurred_at", "received_at", "external_hash"),
    *text("external_request_id"),
    *big("api_key_id", "owner_id"),
    *small("data_mode", "environment", "status"),
    *big(*NAME_REFS.values()),
    *big("latency_ms", nullable=True),
    *small("latency_bin", nullable=True),
    *big("time_to_first_token_ms", nullable=True),
    *big(*UNITS),
    *big("total_tokens_sent", nullable=True),
    *small("accounting"),
    *big("accounting_rule_ref", "flags_ref", "rate_card_id"),
    *big("cost_picousd", nullable=True),
    *small("pricing_status"),
    *big("unpriced_tokens"),
    *big("reported_cost_picousd", nullable=True),
    Column("extra", Text, nullable=True),
    # Says what `extra` says of the attempt, where sums can be made of it; 0 in rows of before there were any.
    *small("is_retry"),
)


spent_id: Final = Table(
    "spent_id",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "external_hash")),
    Column("digest", LargeBinary, primary_key=True),
    *big("request_id"),
    *big("expires_at", nullable=True),
)
"""External request ids that stay used though no event has them any more (`spent_ids`)."""


call_version: Final = Table(
    "call_version",
    metadata,
    Column("request_id", BigInteger, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    *big("workspace_id", "occurred_at", "owner_id"),
    *small("data_mode"),
    *text("kind"),
    *big("at"),
    *text("made_by", "via", "reason", "before"),
)
"""What corrected calls were, version by version; `before` is the event as JSON."""


voided_call: Final = Table(
    "voided_call",
    metadata,
    Column("request_id", BigInteger, primary_key=True),
    *big("workspace_id", "occurred_at", "owner_id"),
    *small("data_mode"),
    *text("event"),
)
"""Calls that are no events any more, but can be again, as JSON."""


pending: Final = Table(
    "pending",
    metadata,
    Column("first_id", BigInteger, primary_key=True),
    *big("last_id"),
    # A range whose sums do not fit a cell stays pending for good: read exactly, only slower.
    *small("is_stuck"),
)
"""Ranges of request ids that are stored but not folded into the rollups yet."""


PRICING: Final = (
    "model_ref",
    "flags_ref",
    "rate_card_id",
    "cost_picousd",
    "pricing_status",
    "unpriced_tokens",
)
"""The columns of an event that follow from its price: what re-pricing changes."""
