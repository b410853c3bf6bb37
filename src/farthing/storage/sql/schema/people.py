"""People, workspaces and keys, and what is kept of their coming and changing."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, row_id, text

workspace: Final = Table(
    "workspace",
    metadata,
    row_id(),
    *text("public_id", "name", "timezone"),
    *big("created_at"),
    # Hour, day and month cells hold the time before this quarter; later time is read from quarters.
    *big("sealed_quarter"),
    # Grows with every change of the workspace's own prices, so that processes know when to read them again.
    *big("prices_version"),
    # The tier of a plan of the settings, which need not define it any more.
    Column("plan", Text, nullable=True),
    *big("deleted_at", nullable=True),
    # Since when sums know retries, and cells by API key are whole (rules.retention.Kept).
    *big("keys_from"),
)


request_month: Final = Table(
    "request_month",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("month", BigInteger, primary_key=True),
    *big("request_count"),
)
"""What a plan counts, by month of receipt (rules.utc_months): changed with the events, and only upwards."""


intake_count: Final = Table(
    "intake_count",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("day", BigInteger, primary_key=True),
    Column("api_key_id", BigInteger, primary_key=True),
    *(Column(name, Text, primary_key=True) for name in ("kind", "data_mode")),
    *big("post_count"),
)
"""What came with a key on a UTC day and made no event (reports.hygiene_facts.IntakeKey)."""


rate_bucket: Final = Table(
    "rate_bucket",
    metadata,
    Column("api_key_id", BigInteger, primary_key=True),
    *big("full_at_ns"),
)
"""When the bucket of a key is full again (rules.rate_limit), by the clock of the database."""


person: Final = Table(
    "person", metadata, row_id(), *text("public_id", "email", "password_hash"), *big("created_at")
)


membership: Final = Table(
    "membership",
    metadata,
    Column("workspace_id", Integer, primary_key=True),
    Column("person_id", Integer, primary_key=True),
    *text("role"),
    *big("created_at"),
    *big("last_sign_in_at", nullable=True),
)


api_key: Final = Table(
    "api_key",
    metadata,
    row_id(),
    *big("workspace_id", "owner_id"),
    *text("name", "prefix"),
    Column("key_hash", LargeBinary, nullable=False),
    *big("created_at"),
    *big("revoked_at", nullable=True),
    # `environments` are those that may be sent, with commas between; `attributes` is JSON.
    *text("note", "data_mode", "environment", "environments", "attributes"),
    *big("expires_at", "last_used_at", "replaces_id", nullable=True),
)


session: Final = Table(
    "session",
    metadata,
    row_id(),
    *big("person_id", "workspace_id"),
    *text("kind"),
    Column("token_hash", LargeBinary, nullable=False),
    *big("created_at", "expires_at", "last_seen_at"),
    *text("address", "agent"),
    *(Column(name, LargeBinary, nullable=True) for name in ("secret_hash", "previous_hash", "salt")),
    *big("rotated_at", nullable=True),
)


personal_token: Final = Table(
    "personal_token",
    metadata,
    row_id(),
    *big("person_id", "workspace_id"),
    *text("name", "prefix"),
    Column("token_hash", LargeBinary, nullable=False),
    *text("scopes"),
    *big("created_at", "expires_at"),
    *big("last_used_at", "revoked_at", nullable=True),
)


signing_key: Final = Table(
    "signing_key",
    metadata,
    row_id(),
    *text("kid"),
    Column("secret", LargeBinary, nullable=False),
    *big("created_at"),
)


totp: Final = Table(
    "totp",
    metadata,
    Column("person_id", Integer, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    *big("created_at"),
    *big("confirmed_at", nullable=True),
    *big("last_step"),
)


checklist_end: Final = Table(
    "checklist_end",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("person_id", BigInteger, primary_key=True),
    *big("ended_at"),
)
"""Who has done with the checklist of a first day."""


person_identity: Final = Table(
    "person_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    *big("person_id", "created_at"),
)


recovery_code: Final = Table(
    "recovery_code",
    metadata,
    Column("person_id", Integer, primary_key=True),
    Column("code_hash", LargeBinary, primary_key=True),
)


invitation: Final = Table(
    "invitation",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("email", "role"),
    Column("token_hash", LargeBinary, nullable=False),
    *big("invited_by", nullable=True),
    *big("created_at", "expires_at"),
    *big("ended_at", nullable=True),
)


password_reset: Final = Table(
    "password_reset",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    *big("person_id", "created_at", "expires_at"),
)


secret: Final = Table(
    "secret",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),
)


audit_entry: Final = Table(
    "audit_entry",
    metadata,
    Column("workspace_id", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    *big("occurred_at"),
    *text("actor", "via", "address", "action", "target"),
    *(Column(name, Text, nullable=True) for name in ("before", "after")),
    Column("digest", LargeBinary, nullable=False),
)
"""Append-only, which triggers see to: an entry is neither changed nor removed."""


counter: Final = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    *big("value"),
)
"""Numbers that only grow, e.g.

The last request id given out: ids are not used again when rows are deleted.
"""


claim: Final = Table("claim", metadata, Column("name", Text, primary_key=True), *big("until"))
"""Whose turn it is to do what is done by itself: nobody else's up to then (UTC milliseconds)."""
