"""How events become cells: the statements that add events up into rollups, and fine cells into coarse ones.

When each is run, and for which events, is `rollups`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Executable,
    Integer,
    Select,
    Table,
    bindparam,
    case,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from farthing.reports.facts import SUMS
from farthing.rules.periods import QUARTER_MS
from farthing.rules.usage import UNITS
from farthing.storage.sql import codes
from farthing.storage.sql.schema import CELLS, LATENCY_CELLS, Family, usage_event
from farthing.storage.sql.tenancy import across_workspaces

_EVENT_COUNT = ("event_count",)


def number(value: int) -> ColumnElement[int]:
    """A constant that is part of the statement's text."""
    return literal_column(str(value), Integer)


def integer(name: str) -> BindParameter[int]:
    """A 64-bit parameter."""
    return bindparam(name, type_=BigInteger())


def quarter_of_event() -> ColumnElement[int]:
    """The quarter an event belongs to."""
    return usage_event.c.occurred_at // number(QUARTER_MS)


def cell_of(quarter: ColumnElement[int], grain: str) -> ColumnElement[int]:
    """The first quarter of the cell that holds `quarter`; statements about one day or month: `cell`."""
    if grain in ("day", "month"):
        return integer("cell")
    return quarter if grain == "quarter" else quarter - quarter % number(4)


def fact_of_event(fact: str) -> ColumnElement[int]:
    """What one event adds to a sum of SUMS."""
    row = usage_event.c
    if fact in UNITS:
        return row[fact]
    return {
        "request_count": number(1),
        "error_count": case((row.status == number(codes.ERROR), number(1)), else_=number(0)),
        "cost_picousd": func.coalesce(row.cost_picousd, number(0)),
        "unpriced_request_count": case(
            (row.pricing_status == number(codes.PRICED), number(0)), else_=number(1)
        ),
        "unpriced_token_count": row.unpriced_tokens,
        "latency_count": case((row.latency_ms.is_(None), number(0)), else_=number(1)),
        "latency_ms_sum": func.coalesce(row.latency_ms, number(0)),
        "retry_count": row.is_retry,
    }[fact]


def chosen() -> list[ColumnElement[bool]]:
    """The events with ids in [first_id, last_id]."""
    return [usage_event.c.request_id.between(integer("first_id"), integer("last_id"))]


def chosen_between() -> list[ColumnElement[bool]]:
    """Those of `workspace_id` with a quarter in [start, end): few that lie together, so their ids lead.

    The sum hides the workspace from planners.
    """
    quarter = quarter_of_event()
    of_workspace = usage_event.c.workspace_id + number(0) == integer("workspace_id")
    return [*chosen(), of_workspace, quarter >= integer("start"), quarter < integer("end")]


@cache
def add_events(family: Family, grain: str, *, is_latency: bool) -> Executable:
    """Add the chosen events to the family's cells of a grain.

    Quarter cells take all chosen events. Coarser cells take those of `workspace_id` with a quarter in
    [start, end): hours, or the part of a day or month whose cell begins at `cell`. Latency has quarter
    cells only.
    """
    row = usage_event.c
    quarter = quarter_of_event()
    conditions = chosen() if grain == "quarter" else chosen_between()
    key: dict[str, ColumnElement[Any]] = {
        column: row[column] for column in ("workspace_id", "data_mode", "environment", *family.keys)
    }
    if is_latency:
        key["latency_bin"] = row.latency_bin
        conditions.append(row.latency_bin.is_not(None))
        facts: dict[str, ColumnElement[Any]] = {"event_count": func.count()}
        adding = _merge(LATENCY_CELLS[family.name], grain, quarter, key, facts, conditions)
    else:
        facts = {fact: func.sum(fact_of_event(fact)) for fact in SUMS}
        adding = _merge(CELLS[family.name, grain], grain, quarter, key, facts, conditions)
    return across_workspaces(adding, "folds whatever is pending") if grain == "quarter" else adding


def each_scope(cells: ReadOnlyColumnCollection[str, Any]) -> list[ColumnElement[bool]]:
    """A workspace's cells, with modes and environments named one by one: so the key leads to the quarters."""
    return [
        cells.workspace_id == integer("workspace_id"),
        cells.data_mode.in_([number(code) for code in codes.DATA_MODE.values()]),
        cells.environment.in_([number(code) for code in codes.ENVIRONMENT.values()]),
    ]


def one_mode(cells: ReadOnlyColumnCollection[str, Any]) -> list[ColumnElement[bool]]:
    """A workspace's cells of the `data_mode`, in whatever environment."""
    return [
        cells.workspace_id == integer("workspace_id"),
        cells.data_mode == integer("data_mode"),
        cells.environment.in_([number(code) for code in codes.ENVIRONMENT.values()]),
    ]


@cache
def seal_cells(family: Family, grain: str) -> Executable:
    """Add a workspace's quarter cells in [start, end) to its hours, or to the day or month at `cell`."""
    fine = CELLS[family.name, "quarter"].c
    conditions = [*each_scope(fine), fine.quarter >= integer("start"), fine.quarter < integer("end")]
    target = CELLS[family.name, grain]
    key: dict[str, ColumnElement[Any]] = {
        c.name: fine[c.name] for c in target.primary_key if c.name != "quarter"
    }
    facts: dict[str, ColumnElement[Any]] = {fact: func.sum(fine[fact]) for fact in SUMS}
    return _merge(target, grain, fine.quarter, key, facts, conditions)


def _merge(
    cells: Table,
    grain: str,
    quarter: ColumnElement[int],
    key: dict[str, ColumnElement[Any]],
    facts: dict[str, ColumnElement[Any]],
    conditions: Sequence[ColumnElement[bool]],
) -> Executable:
    """Insert the sums by key and cell, adding to the cells that are there."""
    cell = cell_of(quarter, grain)
    grouped = [*key.values(), *([] if grain in ("day", "month") else [cell])]
    rows: Select[Any] = select(*key.values(), cell, *facts.values()).where(*conditions).group_by(*grouped)
    insert = upsert(cells).from_select([*key, "quarter", *facts], rows)
    return insert.on_conflict_do_update(
        index_elements=[column.name for column in cells.primary_key],
        set_={fact: cells.c[fact] + insert.excluded[fact] for fact in facts},
    )
