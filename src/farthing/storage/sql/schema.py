"""The tables, as SQLAlchemy Core knows them. How they come to be on disk is `storage.migrations`.

Names are integers: `*_ref` columns point into `name` (0 = missing). Times are UTC milliseconds, money
pico-dollars. `quarter` numbers the quarter hours (15 minutes, UTC) since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, SmallInteger, Table, Text

from farthing.reports.facts import SUMS
from farthing.rules.usage import UNITS

metadata: Final = MetaData()


def _big(*names: str, nullable: bool = False) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=nullable) for name in names]


def _small(*names: str, nullable: bool = False) -> list[Column[int]]:
    return [Column(name, SmallInteger, nullable=nullable) for name in names]


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


workspace: Final = Table(
    "workspace",
    metadata,
    _id(),
    *_text("public_id", "name", "timezone"),
    *_big("created_at"),
    # Hour, day and month cells hold the time before this quarter; later time is read from quarters.
    *_big("sealed_quarter"),
    # Grows with every change of the workspace's own prices, so that processes know when to read them again.
    *_big("prices_version"),
    # The tier of a plan of the settings, which need not define it any more.
    Column("plan", Text, nullable=True),
    *_big("deleted_at", nullable=True),
)

request_month: Final = Table(
    "request_month",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("month", BigInteger, primary_key=True),
    *_big("request_count"),
)
"""What a plan counts, by month of receipt (rules.utc_months): changed with the events, and only upwards."""

intake_count: Final = Table(
    "intake_count",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    Column("day", BigInteger, primary_key=True),
    Column("api_key_id", BigInteger, primary_key=True),
    *(Column(name, Text, primary_key=True) for name in ("kind", "data_mode")),
    *_big("post_count"),
)
"""What came with a key on a UTC day and made no event (reports.hygiene_facts.IntakeKey)."""

rate_bucket: Final = Table(
    "rate_bucket",
    metadata,
    Column("api_key_id", BigInteger, primary_key=True),
    *_big("full_at_ns"),
)
"""When the bucket of a key is full again (rules.rate_limit), by the clock of the database."""

person: Final = Table(
    "person", metadata, _id(), *_text("public_id", "email", "password_hash"), *_big("created_at")
)

membership: Final = Table(
    "membership",
    metadata,
    Column("workspace_id", Integer, primary_key=True),
    Column("person_id", Integer, primary_key=True),
    *_text("role"),
    *_big("created_at"),
    *_big("last_sign_in_at", nullable=True),
)

api_key: Final = Table(
    "api_key",
    metadata,
    _id(),
    *_big("workspace_id", "owner_id"),
    *_text("name", "prefix"),
    Column("key_hash", LargeBinary, nullable=False),
    *_big("created_at"),
    *_big("revoked_at", nullable=True),
    # `environments` are those that may be sent, with commas between.
    *_text("note", "data_mode", "environment", "environments"),
    *_big("expires_at", "last_used_at", "replaces_id", nullable=True),
)

session: Final = Table(
    "session",
    metadata,
    _id(),
    *_big("person_id", "workspace_id"),
    *_text("kind"),
    Column("token_hash", LargeBinary, nullable=False),
    *_big("created_at", "expires_at", "last_seen_at"),
    *_text("address", "agent"),
    *(Column(name, LargeBinary, nullable=True) for name in ("secret_hash", "previous_hash", "salt")),
    *_big("rotated_at", nullable=True),
)

personal_token: Final = Table(
    "personal_token",
    metadata,
    _id(),
    *_big("person_id", "workspace_id"),
    *_text("name", "prefix"),
    Column("token_hash", LargeBinary, nullable=False),
    *_text("scopes"),
    *_big("created_at", "expires_at"),
    *_big("last_used_at", "revoked_at", nullable=True),
)

signing_key: Final = Table(
    "signing_key",
    metadata,
    _id(),
    *_text("kid"),
    Column("secret", LargeBinary, nullable=False),
    *_big("created_at"),
)

totp: Final = Table(
    "totp",
    metadata,
    Column("person_id", Integer, primary_key=True),
    Column("secret", LargeBinary, nullable=False),
    *_big("created_at"),
    *_big("confirmed_at", nullable=True),
    *_big("last_step"),
)

person_identity: Final = Table(
    "person_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    *_big("person_id", "created_at"),
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
    _id(),
    *_big("workspace_id"),
    *_text("email", "role"),
    Column("token_hash", LargeBinary, nullable=False),
    *_big("invited_by", nullable=True),
    *_big("created_at", "expires_at"),
    *_big("ended_at", nullable=True),
)

password_reset: Final = Table(
    "password_reset",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    *_big("person_id", "created_at", "expires_at"),
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
    *_big("occurred_at"),
    *_text("actor", "via", "address", "action", "target"),
    *(Column(name, Text, nullable=True) for name in ("before", "after")),
    Column("digest", LargeBinary, nullable=False),
)
"""Append-only, which triggers see to: an entry is neither changed nor removed."""

counter: Final = Table(
    "counter",
    metadata,
    Column("name", Text, primary_key=True),
    *_big("value"),
)
"""Numbers that only grow, e.g.

The last request id given out: ids are not used again when rows are deleted.
"""

claim: Final = Table("claim", metadata, Column("name", Text, primary_key=True), *_big("until"))
"""Whose turn it is to do what is done by itself: nobody else's up to then (UTC milliseconds)."""

name: Final = Table("name", metadata, _id(), *_big("workspace_id"), *_small("kind"), *_text("text"))

rate_card: Final = Table(
    "rate_card", metadata, _id(), Column("digest", LargeBinary, nullable=False), *_text("body")
)


def _own(name: str, *columns: Column[Any]) -> Table:
    """What a workspace has of its own, with who made it and who removed it."""
    made: list[Column[Any]] = [*_text("note"), *_big("created_by", "created_at")]
    removed = _big("removed_by", "removed_at", nullable=True)
    return Table(name, metadata, _id(), *_big("workspace_id"), *columns, *made, *removed)


price_override: Final = _own(
    "price_override",
    *_text("provider"),
    *(Column(name, Text, nullable=True) for name in ("model", "tier")),
    *_text("rates"),
    *_big("discount_ppm"),
    *_big("start", "end", nullable=True),
)

model_alias: Final = _own("model_alias", *_text("provider", "name", "target_provider", "target_model"))

price_book: Final = Table(
    "price_book",
    metadata,
    _id(),
    *_text("version", "date", "source", "imported_by"),
    *_big("imported_at"),
    Column("body", LargeBinary, nullable=False),
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
    *_big("workspace_id", "occurred_at", "received_at", "external_hash"),
    *_text("external_request_id"),
    *_big("api_key_id", "owner_id"),
    *_small("data_mode", "environment", "status"),
    *_big(*NAME_REFS.values()),
    *_big("latency_ms", nullable=True),
    *_small("latency_bin", nullable=True),
    *_big("time_to_first_token_ms", nullable=True),
    *_big(*UNITS),
    *_big("total_tokens_sent", nullable=True),
    *_small("accounting"),
    *_big("accounting_rule_ref", "flags_ref", "rate_card_id"),
    *_big("cost_picousd", nullable=True),
    *_small("pricing_status"),
    *_big("unpriced_tokens"),
    *_big("reported_cost_picousd", nullable=True),
    Column("extra", Text, nullable=True),
)

spent_id: Final = Table(
    "spent_id",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "external_hash")),
    Column("digest", LargeBinary, primary_key=True),
    *_big("request_id"),
    *_big("expires_at", nullable=True),
)
"""External request ids that stay used though no event has them any more (`spent_ids`)."""

call_version: Final = Table(
    "call_version",
    metadata,
    Column("request_id", BigInteger, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    *_big("workspace_id", "occurred_at", "owner_id"),
    *_small("data_mode"),
    *_text("kind"),
    *_big("at"),
    *_text("made_by", "via", "reason", "before"),
)
"""What corrected calls were, version by version; `before` is the event as JSON."""

voided_call: Final = Table(
    "voided_call",
    metadata,
    Column("request_id", BigInteger, primary_key=True),
    *_big("workspace_id", "occurred_at", "owner_id"),
    *_small("data_mode"),
    *_text("event"),
)
"""Calls that are no events any more, but can be again, as JSON."""

erasure: Final = Table(
    "erasure",
    metadata,
    _id(),
    *_big("workspace_id"),
    *_text("kind"),
    Column("value", Text, nullable=True),
    *_text("alias", "salt", "digest", "state"),
    Column("in_others", Boolean, nullable=False),
    *_text("note"),
    Column("refs", Text, nullable=True),
    *_big("last_request_id", "cursor"),
    *_text("counts"),
    *(Column(name, Text, nullable=True) for name in ("before", "after")),
    *_big("file_mentions", nullable=True),
    *_big("created_by", "created_at"),
    *_big("finished_at", nullable=True),
    *_big("version"),
)
"""Erasures of identities; `value` is there only as long as one is under way."""

pending: Final = Table(
    "pending",
    metadata,
    Column("first_id", BigInteger, primary_key=True),
    *_big("last_id"),
    # A range whose sums do not fit a cell stays pending for good: read exactly, only slower.
    *_small("is_stuck"),
)
"""Ranges of request ids that are stored but not folded into the rollups yet."""


retention: Final = Table(
    "retention",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "data_mode")),
    # As rules.retention has them: null is not set, 0 without end.
    *_big("raw_days", "summary_days", nullable=True),
    # Before `removed_to` no row is left but those of `late_quarter` and those that no cell holds.
    *_big("raw_from", "summary_from", "removed_to"),
)
"""How long the calls of a data mode are kept, and since when they are there."""

legal_hold: Final = Table(
    "legal_hold",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    *_text("reason"),
    *_big("held_by", "held_at"),
)
"""While there is a row, nothing of the workspace is removed."""

late_quarter: Final = Table(
    "late_quarter",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "quarter")),
    *_big("last_id"),
)
"""Quarters before `raw_from` that events came for, the last of them by its id."""

retention_removed: Final = Table(
    "retention_removed",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("job_id", "data_mode", "month")),
    *_big("workspace_id", "row_count", "cell_count"),
)
"""What each run of retention has removed, counted in the transactions that did it."""


PRICING: Final = (
    "model_ref",
    "flags_ref",
    "rate_card_id",
    "cost_picousd",
    "pricing_status",
    "unpriced_tokens",
)
"""The columns of an event that follow from its price: what re-pricing changes."""

job: Final = Table(
    "job",
    metadata,
    _id(),
    *_big("workspace_id"),
    *_text("kind"),
    *_big("subject_id"),
    *_text("request", "state"),
    *_big("done", "total"),
    *(Column(name, Text, nullable=True) for name in ("result", "error")),
    *_big("created_by", "created_at"),
    *_big("finished_at", nullable=True),
    *_big("lease_until", "version"),
)

repricing: Final = Table(
    "repricing",
    metadata,
    _id(),
    *_big("workspace_id"),
    *_text("state", "scope", "prices_version"),
    *_big("job_id"),
    Column("preview", Text, nullable=True),
    *_text("applied"),
    Column("cursor", Text, nullable=True),
    *_text("note"),
    *_big("created_by", "created_at"),
    *_big("applied_by", "applied_at", "reverted_by", "reverted_at", nullable=True),
    *_big("reverted_count", "passed_over_count", "version"),
)

repricing_change: Final = Table(
    "repricing_change",
    metadata,
    Column("repricing_id", BigInteger, primary_key=True),
    Column("request_id", BigInteger, primary_key=True),
    *(Column(name, BigInteger, nullable=name == "cost_picousd") for name in PRICING),
    *_small("is_passed_over"),
)
"""What the calls that a re-pricing changed were before; gone when it is reverted.

Calls that were corrected since are passed over then.
"""

deletion: Final = Table(
    "deletion",
    metadata,
    _id(),
    *_big("workspace_id"),
    *_text("data_mode"),
    *_big("owner_id", nullable=True),
    *_big("last_id"),
    *_text("state"),
    *_big("cursor"),
    *_text("deleted"),
    *(Column(name, Text, nullable=True) for name in ("real_before", "real_after")),
    *_big("job_id", "created_by", "created_at"),
    *_big("finished_at", nullable=True),
    *_big("version"),
)


@dataclass(frozen=True)
class Family:
    """Rollups that keep the same key.

    One table per grain, with latency histograms beside them if `has_latency`. Where groups come by the
    thousand (`has_many`), the first few are found without adding up all.
    """

    name: str
    dimensions: tuple[str, ...]
    has_latency: bool = False
    has_many: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns that name the group."""
        return tuple(NAME_REFS[dimension] for dimension in self.dimensions)


FAMILIES: Final = (
    Family("model", ("provider", "model"), has_latency=True),
    Family("endpoint", ("endpoint_tag", "prompt_version"), has_latency=True),
    Family("tenant", ("tenant_id",), has_many=True),
    Family("user", ("user_id",), has_many=True),
)
"""Smallest first: the first family that knows every dimension of a question answers it."""

GRAINS: Final = ("quarter", "hour", "day", "month")
CELL_KEY: Final = ("workspace_id", "data_mode", "environment", "quarter")
"""What leads the key of every cell; `quarter` is the cell's first quarter."""


def _cells(family: Family, grain: str) -> Table:
    return Table(
        f"by_{family.name}_{grain}",
        metadata,
        *(Column(column, BigInteger, primary_key=True) for column in (*CELL_KEY, *family.keys)),
        *_big(*SUMS),
    )


def _latency(family: Family) -> Table:
    return Table(
        f"latency_by_{family.name}_quarter",
        metadata,
        *(
            Column(column, BigInteger, primary_key=True)
            for column in (*CELL_KEY, *family.keys, "latency_bin")
        ),
        *_big("event_count"),
    )


def _histograms(family: Family, grain: str) -> Table:
    return Table(
        f"latency_by_{family.name}_{grain}",
        metadata,
        *(Column(column, BigInteger, primary_key=True) for column in (*CELL_KEY, *family.keys)),
        Column("histogram", LargeBinary, nullable=False),
    )


CELLS: Final = {(f.name, grain): _cells(f, grain) for f in FAMILIES for grain in GRAINS}

LATENCY_CELLS: Final = {f.name: _latency(f) for f in FAMILIES if f.has_latency}
"""Histograms of quarters, a row for each bin."""

HISTOGRAMS: Final = {
    (f.name, grain): _histograms(f, grain) for f in FAMILIES if f.has_latency for grain in GRAINS[1:]
}
"""Histograms of hours, days and months, each packed into one value (rules.latency.pack)."""
