"""Which tables lie where when PostgreSQL is spread over machines by workspace, as Citus does.

Tables that grow with calls are distributed: a machine has all rows of its workspaces. Tables that these are
joined with, which grow with people and names, are on every machine. All others stay on the one that is asked.
`distribute_statements` says it to Citus; `misplaced` finds a query that would not work so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Executable, Table
from sqlalchemy.sql import Select, visitors
from sqlalchemy.sql.dml import Delete, Update

from farthing.storage.sql import schema
from farthing.storage.sql.schema.cells import CELLS, HISTOGRAMS, LATENCY_CELLS
from farthing.storage.sql.tenancy import sources_of, unjoined

DISTRIBUTED: Final[tuple[Table, ...]] = (
    schema.usage_event,
    schema.call_version,
    schema.voided_call,
    schema.spent_id,
    *CELLS.values(),
    *LATENCY_CELLS.values(),
    *HISTOGRAMS.values(),
    schema.budget_cell,
    schema.budget_mark,
    schema.request_month,
    schema.intake_count,
    schema.late_quarter,
    schema.span_leaf,
    schema.span_total,
    schema.token_metric,
    schema.metric_series,
    schema.watched_place,
)
"""The first is what the others lie beside."""
REFERENCE: Final[tuple[Table, ...]] = (
    schema.name,
    schema.rate_card,
    schema.workspace,
    schema.retention,
    schema.pending,
)
KEY: Final = "workspace_id"


def distribute_statements() -> list[tuple[str, str]]:
    """Each table with what makes it so, in order. On empty tables it takes a moment, else it moves rows."""
    first = DISTRIBUTED[0].name
    everywhere = [(each.name, f"SELECT create_reference_table('{each.name}')") for each in REFERENCE]
    spread = [(first, f"SELECT create_distributed_table('{first}', '{KEY}')")]
    for each in DISTRIBUTED[1:]:
        beside = f"colocate_with => '{first}'"
        spread.append((each.name, f"SELECT create_distributed_table('{each.name}', '{KEY}', {beside})"))
    return everywhere + spread


def misplaced(statement: Executable) -> str | None:
    """Why a statement could not be run on distributed tables; None when it could."""
    tables = {table for query in _queries(statement) for table in sources_of(query)}
    if not tables & set(DISTRIBUTED):
        return None
    elsewhere = sorted(table.name for table in tables - {*DISTRIBUTED, *REFERENCE})
    if elsewhere:
        return f"{', '.join(elsewhere)} would lie on another machine than what it is joined with"
    for query in _queries(statement):
        apart = unjoined(query, set(DISTRIBUTED))
        if apart:
            return f"{' and '.join(sorted(apart))} are not joined by their workspace"
    return None


def _queries(statement: Executable) -> Iterator[Any]:
    for element in visitors.iterate(statement):  # type: ignore[arg-type]
        if isinstance(element, Select | Update | Delete):
            yield element
