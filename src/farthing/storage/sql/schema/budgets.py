"""The tables of budgets, of what is counted for them, and of what was told of them."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Table, Text

from farthing.storage.sql.schema.columns import big, metadata, row_id, text

budget: Final = Table(
    "budget",
    metadata,
    row_id(),
    *big("workspace_id"),
    *text("name_key"),
    Column("slot", Text, nullable=True),
    *big("count_id"),
    # A rules.budgets.Budget as JSON; the other columns say again what it is found by.
    *text("definition"),
    *big("removed_at", nullable=True),
    *big("version"),
)

budget_count: Final = Table("budget_count", metadata, row_id(), *big("workspace_id", "begun_at"))
"""What is, or was to be, counted for some budget."""

CELL_KEY: Final = ("workspace_id", "count_id", "grain", "value", "start")
CELL_SUMS: Final = (
    "cost_kilousd",
    "cost_picousd",
    "request_count",
    "token_count",
    "unpriced_request_count",
    "unpriced_token_count",
)
"""Costs in two columns: whole thousands of dollars, and the rest. One of 64 bits ends at nine millions."""

budget_cell: Final = Table(
    "budget_cell",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in CELL_KEY),
    *big(*CELL_SUMS),
)
"""Sums of events by rules.budget_counts.Cell; `value` as the column of an event that has it, -1 for none."""

budget_reservation: Final = Table(
    "budget_reservation", metadata, row_id(), *big("workspace_id", "created_at", "expires_at")
)

budget_hold: Final = Table(
    "budget_hold",
    metadata,
    row_id(),
    *big("workspace_id", "reservation_id", "count_id", "value", "start", "expires_at", *CELL_SUMS),
)
"""What a reservation holds of each budget, value and period (`start` as for marks)."""

budget_mark: Final = Table(
    "budget_mark",
    metadata,
    *(Column(name, BigInteger, primary_key=True) for name in ("workspace_id", "count_id", "value", "start")),
    *text("marks"),
)
"""Rules.budget_marks.Marks as JSON, once there is any; `start` is -1 for periods that never begin anew."""
