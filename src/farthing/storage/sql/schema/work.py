"""Long work: jobs, and what those do that change or remove calls."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Table, Text

from farthing.storage.sql.schema.calls import PRICING
from farthing.storage.sql.schema.columns import big, metadata, row_id, small, text

erasure: Final = Table(
    "erasure",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("kind"),
    Column("value", Text, nullable=True),
    *text("alias", "salt", "digest", "state"),
    Column("in_others", Boolean, nullable=False),
    *text("note"),
    Column("refs", Text, nullable=True),
    *big("last_request_id", "cursor"),
    *text("counts"),
    *(Column(name, Text, nullable=True) for name in ("before", "after")),
    *big("file_mentions", nullable=True),
    *big("created_by", "created_at"),
    *big("finished_at", nullable=True),
    *big("version"),
)
"""Erasures of identities; `value` is there only as long as one is under way."""


retention: Final = Table(
    "retention",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "data_mode")),
    # As rules.retention has them: null is not set, 0 without end.
    *big("raw_days", "summary_days", nullable=True),
    # Before `removed_to` no row is left but those of `late_quarter` and those that no cell holds.
    *big("raw_from", "summary_from", "removed_to"),
)
"""How long the calls of a data mode are kept, and since when they are there."""


legal_hold: Final = Table(
    "legal_hold",
    metadata,
    Column("workspace_id", BigInteger, primary_key=True),
    *text("reason"),
    *big("held_by", "held_at"),
)
"""While there is a row, nothing of the workspace is removed."""


late_quarter: Final = Table(
    "late_quarter",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "quarter")),
    *big("last_id"),
)
"""Quarters before `raw_from` that events came for, the last of them by its id."""


retention_removed: Final = Table(
    "retention_removed",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("job_id", "data_mode", "month")),
    *big("workspace_id", "row_count", "cell_count"),
)
"""What each run of retention has removed, counted in the transactions that did it."""


job: Final = Table(
    "job",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("kind"),
    *big("subject_id"),
    *text("request", "state"),
    *big("done", "total"),
    *(Column(name, Text, nullable=True) for name in ("result", "error")),
    *big("created_by", "created_at"),
    *big("finished_at", nullable=True),
    *big("lease_until", "version"),
)


repricing: Final = Table(
    "repricing",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("state", "scope", "prices_version"),
    *big("job_id"),
    Column("preview", Text, nullable=True),
    *text("applied"),
    Column("cursor", Text, nullable=True),
    *text("note"),
    *big("created_by", "created_at"),
    *big("applied_by", "applied_at", "reverted_by", "reverted_at", nullable=True),
    *big("reverted_count", "passed_over_count", "version"),
)


repricing_change: Final = Table(
    "repricing_change",
    metadata,
    Column("repricing_id", BigInteger, primary_key=True),
    Column("request_id", BigInteger, primary_key=True),
    *(Column(name, BigInteger, nullable=name == "cost_picousd") for name in PRICING),
    *small("is_passed_over"),
)
"""What the calls that a re-pricing changed were before; gone when it is reverted.

Calls that were corrected since are passed over then.
"""


deletion: Final = Table(
    "deletion",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("data_mode"),
    *big("owner_id", nullable=True),
    *big("last_id"),
    *text("state"),
    *big("cursor"),
    *text("deleted"),
    *(Column(name, Text, nullable=True) for name in ("real_before", "real_after")),
    *big("job_id", "created_by", "created_at"),
    *big("finished_at", nullable=True),
    *big("version"),
)
