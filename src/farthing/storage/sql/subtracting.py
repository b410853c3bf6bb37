"""Deleting events one by one, where others of the same quarters stay: cells lose what these added to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import BigInteger, Executable, Table, cast, delete, func, select

from farthing.reports.facts import SUMS
from farthing.rules.latency import pack
from farthing.rules.periods import QUARTER_MS
from farthing.storage.sql import histograms
from farthing.storage.sql.cells import fact_of_event, integer, number, quarter_of_event
from farthing.storage.sql.copy_notes import note_rows
from farthing.storage.sql.corrections import Cell, by_grain, correct_cells, correction
from farthing.storage.sql.doomed import between, is_doomed, is_folded, of_mode
from farthing.storage.sql.dropping import Found, drop_one
from farthing.storage.sql.given_rows import given, rows
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import CELLS, FAMILIES, GRAINS, LATENCY_CELLS, Family, usage_event
from farthing.storage.sql.spans import Range, Sealed
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Params, Transaction

Gains = dict[Cell, list[int]]


async def subtract(
    tx: Transaction, params: Params, span: Range, sealed: Sealed, event_count_max: int
) -> tuple[Found, int]:
    """Delete up to so many events of these quarters; returns them counted, and the next cursor (UTC ms)."""
    here = {**params, "start": span[0], "end": span[1], "row_count": event_count_max}
    gone = await tx.fetch(_next(), here)
    chosen = {"workspace_id": params["workspace_id"], "request_ids": [row[0] for row in gone]}
    if gone:
        for family in FAMILIES:
            await _take(tx, family, chosen, sealed)
        await note_rows(tx, params["workspace_id"], chosen["request_ids"])
        await tx.execute(_delete(), chosen)
    found = Counter((environment, at // QUARTER_MS) for _, environment, at in gone)
    is_rest = len(gone) < event_count_max
    return dict(found), span[1] * QUARTER_MS if is_rest else gone[-1][2]


async def _take(tx: Transaction, family: Family, chosen: Params, sealed: Sealed) -> None:
    """Take what the chosen events added to a family from all its cells."""
    workspace_id: int = chosen["workspace_id"]
    length = len(_cell_key(family))
    gains: Gains = {
        tuple(row[:length]): [-int(value) for value in row[length:]]
        for row in await tx.fetch(_sums(family), chosen)
    }
    if not gains:
        return
    await correct_cells(tx, workspace_id, family, SUMS, by_grain(gains, sealed))
    for grain, cells in by_grain({cell: [] for cell in gains}, sealed):
        await _drop_empty(tx, CELLS[family.name, grain], workspace_id, list(cells))
    if family.has_latency:
        await _take_latency(tx, family, chosen, sealed)


async def _take_latency(tx: Transaction, family: Family, chosen: Params, sealed: Sealed) -> None:
    workspace_id: int = chosen["workspace_id"]
    bins = {tuple(row[:-1]): int(row[-1]) for row in await tx.fetch(_bins(family), chosen)}
    if not bins:
        return
    table = LATENCY_CELLS[family.name]
    taken = rows((workspace_id, *cell, -count) for cell, count in sorted(bins.items()))
    await tx.execute(correction(table, ("event_count",)), taken)
    await _drop_empty(tx, table, workspace_id, list(bins))
    packed: Gains = defaultdict(lambda: [0])
    for (*cell, latency_bin), count in bins.items():
        packed[tuple(cell)][0] -= pack(latency_bin, count)
    for grain, cells in by_grain(packed, sealed):
        if grain != GRAINS[0]:
            changes = {(workspace_id, *cell): change for cell, (change,) in cells.items()}
            await histograms.add(tx, family, grain, changes)


async def _drop_empty(tx: Transaction, table: Table, workspace_id: int, left: list[Cell]) -> None:
    """Delete those of the cells that count nothing any more."""
    empty = await tx.fetch(_emptied(table), rows((workspace_id, *cell) for cell in left))
    if empty:
        names = [f"key_{column.name}" for column in table.primary_key]
        await tx.execute_many(drop_one(table), [dict(zip(names, key, strict=True)) for key in empty])


def _cell_key(family: Family) -> tuple[str, ...]:
    """What follows the workspace in the key of a cell."""
    return "data_mode", "environment", "quarter", *family.keys


def _columns(family: Family) -> list[Any]:
    return [quarter_of_event() if n == "quarter" else usage_event.c[n] for n in _cell_key(family)]


@cache
def _next() -> Executable:
    row = usage_event.c
    there = select(row.request_id, row.environment, row.occurred_at)
    there = there.where(*of_mode(), *between(), is_doomed())
    return there.order_by(row.occurred_at).limit(integer("row_count"))


def _chosen() -> list[Any]:
    row = usage_event.c
    mine = row.workspace_id + number(0) == integer("workspace_id")
    return [mine, among(row.request_id, "request_ids")]


@cache
def _sums(family: Family) -> Executable:
    facts = [cast(func.sum(fact_of_event(fact)), BigInteger) for fact in SUMS]
    columns = _columns(family)
    return select(*columns, *facts).where(*_chosen(), is_folded()).group_by(*columns)


@cache
def _bins(family: Family) -> Executable:
    columns = [*_columns(family), usage_event.c.latency_bin]
    measured = usage_event.c.latency_bin.is_not(None)
    return select(*columns, func.count()).where(*_chosen(), measured, is_folded()).group_by(*columns)


@cache
def _delete() -> Executable:
    return delete(usage_event).where(*_chosen())


@lru_cache
def _emptied(table: Table) -> Executable:
    """Those of the given keys whose cells count nothing."""
    key = [column.name for column in table.primary_key]
    left = given(key).c
    count = table.c.event_count if "event_count" in table.c else table.c.request_count
    found = select(*table.primary_key).where(*(table.c[n] == left[n] for n in key), count == number(0))
    return across_workspaces(found, "the keys that are given name their workspace")
