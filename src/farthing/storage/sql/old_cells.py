"""Removing sums that are older than their data mode is kept as summaries.

The unit is the quarter cell: it is taken out of the hour, day and month that hold it in the transaction that
removes it, so that at every moment each coarse cell holds its quarters and nothing else. A month that the end
of the summaries falls into so holds exactly the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import product
from operator import neg
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, Table, case, delete, func, select

from farthing.reports.facts import SUMS
from farthing.rules.latency import pack
from farthing.rules.periods import QUARTER_MS
from farthing.storage.sql import codes, histograms
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.corrections import Cell, by_grain, gain, sealed_of
from farthing.storage.sql.removals import count_removed, month_of
from farthing.storage.sql.retention import require_no_hold
from farthing.storage.sql.schema import (
    CELL_KEY,
    CELLS,
    FAMILIES,
    GRAINS,
    HISTOGRAMS,
    LATENCY_CELLS,
    Family,
    retention,
)
from farthing.storage.sql.spans import Sealed
from farthing.storage.sql.transaction import Rows, Transaction

_QUARTER: Final = CELL_KEY.index("quarter") - 1
"""Its place in a Cell."""


async def remove(tx: Transaction, workspace_id: int, job_id: int, cell_count_max: int) -> int:
    """Remove the first old quarter cells; returns how many, 0 when there are none left. Raises HeldError."""
    await require_no_hold(tx, workspace_id)
    sealed = await sealed_of(tx, workspace_id)
    for mode, until in await tx.fetch(_ends(), {"workspace_id": workspace_id}):
        for family, environment in product(FAMILIES, codes.ENVIRONMENT.values()):
            place = {
                "workspace_id": workspace_id,
                "data_mode": mode,
                "environment": environment,
                "until": until // QUARTER_MS,
                "row_count": cell_count_max,
            }
            gone = await _remove_of(tx, family, place, sealed)
            if gone:
                months = Counter((mode, _month(cell[_QUARTER], sealed.zone)) for cell in gone)
                await count_removed(tx, workspace_id, job_id, "cell_count", months)
                return len(gone)
    return 0


def _month(quarter: int, zone: ZoneInfo) -> int:
    return month_of(quarter * QUARTER_MS, zone)


async def _remove_of(
    tx: Transaction, family: Family, place: dict[str, int], sealed: Sealed
) -> Sequence[Cell]:
    """Remove of one family, data mode and environment: sums first, then latencies."""
    cells = CELLS[family.name, "quarter"]
    rows = await tx.fetch(_first(cells), place)
    if rows:
        await _remove_sums(tx, family, place["workspace_id"], rows, sealed)
    elif family.has_latency:
        rows = await tx.fetch(_first(LATENCY_CELLS[family.name]), place)
        await _remove_latencies(tx, family, place["workspace_id"], rows, sealed)
    return [row[1 : _width(family)] for row in rows]


async def _remove_sums(
    tx: Transaction, family: Family, workspace_id: int, rows: Rows, sealed: Sealed
) -> None:
    width = _width(family)
    losses = {tuple(row[1:width]): list(map(neg, row[width:])) for row in rows}
    await _drop(tx, CELLS[family.name, "quarter"], [row[:width] for row in rows])
    for grain, cells in _coarser(losses, sealed):
        await gain(tx, workspace_id, family, SUMS, iter([(grain, cells)]))
        keys = [(workspace_id, *cell) for cell in cells]
        await _drop(tx, CELLS[family.name, grain], keys, "request_count")


async def _remove_latencies(
    tx: Transaction, family: Family, workspace_id: int, rows: Rows, sealed: Sealed
) -> None:
    width = _width(family)
    losses: dict[Cell, list[int]] = {}
    for row in rows:
        losses.setdefault(tuple(row[1:width]), [0])[0] -= pack(row[width], row[width + 1])
    await _drop(tx, LATENCY_CELLS[family.name], [row[: width + 1] for row in rows])
    for grain, cells in _coarser(losses, sealed):
        changes = {(workspace_id, *cell): loss for cell, (loss,) in cells.items()}
        await histograms.add(tx, family, grain, changes)
        await _drop(tx, HISTOGRAMS[family.name, grain], list(changes), "histogram")


def _coarser(losses: dict[Cell, list[int]], sealed: Sealed) -> Iterator[tuple[str, dict[Cell, list[int]]]]:
    """What hours, days and months lose."""
    return ((grain, cells) for grain, cells in by_grain(losses, sealed) if grain != GRAINS[0] and cells)


def _width(family: Family) -> int:
    """How many columns the key of a family's cells has."""
    return len(CELL_KEY) + len(family.keys)


async def _drop(tx: Transaction, table: Table, keys: Sequence[Sequence[int]], empty: str = "") -> None:
    """Remove the cells of these keys; with `empty`, those whose column of this name counts nothing."""
    names = [f"key_{column.name}" for column in table.primary_key]
    given = [dict(zip(names, key, strict=True)) for key in keys]
    await tx.execute_many(_dropping(table, empty), given)


@cache
def _ends() -> Executable:
    """Up to when cells may go, by data mode: rows go first, so that none outlives what it added."""
    row = retention.c
    end = case((row.summary_from < row.removed_to, row.summary_from), else_=row.removed_to)
    return select(row.data_mode, end).where(
        row.workspace_id == integer("workspace_id"), row.summary_from > number(0)
    )


@lru_cache
def _first(table: Table) -> Executable:
    row = table.c
    found = select(*row).where(
        row.workspace_id == integer("workspace_id"),
        row.data_mode == integer("data_mode"),
        row.environment == integer("environment"),
        row.quarter < integer("until"),
    )
    return found.order_by(*table.primary_key).limit(integer("row_count"))


@lru_cache
def _dropping(table: Table, empty: str) -> Executable:
    same = [column == integer(f"key_{column.name}") for column in table.primary_key]
    if not empty:
        return delete(table).where(*same)
    value = func.length(table.c[empty]) if empty == "histogram" else table.c[empty]
    return delete(table).where(*same, value == number(0))
