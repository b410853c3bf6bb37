"""The first schema: accounts, dictionary, rate cards, events, rollups.

Written out and not taken from the code's tables, which will change after it.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SMALL = sa.SmallInteger().with_variant(sa.Integer(), "sqlite")
BYTES = sa.LargeBinary()

UNITS = (
    "input_uncached",
    "cache_read",
    "cache_write_5m",
    "cache_write_1h",
    "cache_write",
    "audio_input",
    "image_input",
    "video_input",
    "audio_cache_read",
    "output_visible",
    "reasoning",
    "audio_output",
    "image_output",
    "web_searches",
)
SUMS = (
    "request_count",
    "error_count",
    "cost_picousd",
    "unpriced_request_count",
    "unpriced_token_count",
    "latency_count",
    "latency_ms_sum",
    *UNITS,
)
FAMILIES = {
    "model": ("provider_ref", "model_ref"),
    "endpoint": ("endpoint_tag_ref", "prompt_version_ref"),
    "tenant": ("tenant_ref",),
    "user": ("user_ref",),
}
LATENCY_FAMILIES = ("model", "endpoint")
GRAINS = ("quarter", "hour", "day")
NAME_REFS = (
    "provider_ref",
    "model_ref",
    "model_sent_ref",
    "model_requested_ref",
    "endpoint_tag_ref",
    "prompt_version_ref",
    "feature_tag_ref",
    "user_ref",
    "tenant_ref",
    "error_code_ref",
)


def _table(name: str, *columns: Any, is_clustered: bool = False) -> None:
    """STRICT, so that a sum that overflowed can't become a float.

    Clustered by its key where all reads go by it.
    """
    op.create_table(name, *columns, sqlite_strict=True, sqlite_with_rowid=not is_clustered)


def _column(name: str, type_: Any, *, nullable: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=nullable, **more)


def _id() -> sa.Column[Any]:
    return sa.Column("id", sa.Integer(), primary_key=True)


def upgrade() -> None:
    """Make all tables."""
    _accounts()
    _dictionary()
    _events()
    for (family, keys), grain in product(FAMILIES.items(), GRAINS):
        _cells(f"by_{family}_{grain}", keys, SUMS)
        if family in LATENCY_FAMILIES and grain == "quarter":
            _cells(f"latency_by_{family}_quarter", (*keys, "latency_bin"), ("event_count",))
        elif family in LATENCY_FAMILIES:
            _cells(f"latency_by_{family}_{grain}", keys, (), _column("histogram", BYTES))


def _accounts() -> None:
    text, at = sa.Text(), BIG
    _table(
        "workspace",
        _id(),
        _column("public_id", text, unique=True),
        _column("name", text),
        _column("timezone", text),
        _column("created_at", at),
        _column("hours_sealed_quarter", BIG),
        _column("days_sealed_quarter", BIG),
    )
    _table(
        "person",
        _id(),
        _column("public_id", text, unique=True),
        _column("email", text, unique=True),
        _column("password_hash", text),
        _column("created_at", at),
    )
    _table(
        "membership",
        _column("workspace_id", sa.Integer(), primary_key=True),
        _column("person_id", sa.Integer(), primary_key=True),
        _column("role", text),
        _column("created_at", at),
        is_clustered=True,
    )
    _table(
        "api_key",
        _id(),
        _column("workspace_id", BIG),
        _column("owner_id", BIG),
        _column("name", text),
        _column("prefix", text),
        _column("key_hash", BYTES, unique=True),
        _column("created_at", at),
        _column("revoked_at", at, nullable=True),
    )
    _table(
        "session",
        _id(),
        _column("person_id", BIG),
        _column("workspace_id", BIG),
        _column("kind", text),
        _column("token_hash", BYTES, unique=True),
        _column("created_at", at),
        _column("expires_at", at),
    )
    _table("secret", _column("name", text, primary_key=True), _column("value", BYTES))


def _dictionary() -> None:
    _table("counter", _column("name", sa.Text(), primary_key=True), _column("value", BIG))
    op.execute("INSERT INTO counter (name, value) VALUES ('request_id', 0)")
    _table(
        "name",
        _id(),
        _column("workspace_id", BIG),
        _column("kind", SMALL),
        _column("text", sa.Text()),
        sa.UniqueConstraint("workspace_id", "kind", "text"),
    )
    _table("rate_card", _id(), _column("digest", BYTES, unique=True), _column("body", sa.Text()))


def _events() -> None:
    _table(
        "usage_event",
        _column("request_id", BIG, primary_key=True, autoincrement=False),
        *(_column(name, BIG) for name in ("workspace_id", "occurred_at", "received_at", "external_hash")),
        _column("external_request_id", sa.Text()),
        *(_column(name, BIG) for name in ("api_key_id", "owner_id")),
        *(_column(name, SMALL) for name in ("data_mode", "environment", "status")),
        *(_column(name, BIG) for name in NAME_REFS),
        _column("latency_ms", BIG, nullable=True),
        _column("latency_bin", SMALL, nullable=True),
        _column("time_to_first_token_ms", BIG, nullable=True),
        *(_column(name, BIG) for name in UNITS),
        _column("total_tokens_sent", BIG, nullable=True),
        _column("accounting", SMALL),
        *(_column(name, BIG) for name in ("accounting_rule_ref", "flags_ref", "rate_card_id")),
        _column("cost_picousd", BIG, nullable=True),
        _column("pricing_status", SMALL),
        _column("unpriced_tokens", BIG),
        _column("reported_cost_picousd", BIG, nullable=True),
        _column("extra", sa.Text(), nullable=True),
    )
    op.create_index("usage_event_once", "usage_event", ["workspace_id", "external_hash"], unique=True)
    op.create_index("usage_event_time", "usage_event", ["workspace_id", "occurred_at"])
    _table(
        "pending",
        _column("first_id", BIG, primary_key=True, autoincrement=False),
        _column("last_id", BIG),
        _column("is_stuck", SMALL),
    )


def _cells(name: str, keys: tuple[str, ...], sums: tuple[str, ...], *more: sa.Column[Any]) -> None:
    key = ("workspace_id", "data_mode", "environment", "quarter", *keys)
    _table(
        name,
        *(_column(column, BIG, primary_key=True, autoincrement=False) for column in key),
        *(_column(column, BIG) for column in sums),
        *more,
        is_clustered=True,
    )


def downgrade() -> None:
    """Remove all tables."""
    for family, grain in product(FAMILIES, GRAINS):
        op.drop_table(f"by_{family}_{grain}")
        if family in LATENCY_FAMILIES:
            op.drop_table(f"latency_by_{family}_{grain}")
    for table in ("pending", "usage_event", "rate_card", "name", "counter", "secret", "session", "api_key"):
        op.drop_table(table)
    for table in ("membership", "person", "workspace"):
        op.drop_table(table)
