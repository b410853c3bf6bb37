"""Sweeping the dictionary: one ordered pass over all that refers to names; what it did not meet is dropped.

Why nothing in use goes, while others write:

- Whoever stores an event, or drops names, holds the row of the request ids, so of the two one comes after
  the other. An event that comes first is met: rows after the last that was looked at are looked at under that
  row. One that comes later finds another version of the dictionary (`marks.renew_names`) and looks its
  names up again, as any writer does.
- Rows that were looked at may be given other names (corrections, re-pricings), and rows may go once sums hold
  them (retention). Each of these raises a mark; a sweep that finds it raised begins anew.
- Sums come from rows. Rows are looked at before sums, so what moves from one to the other is met.
- What is held of budgets may be for a value that no event has. Whoever holds it has the row of the request
  ids, so it is looked at like new rows; those that are found are few, and gone within the hour.

The newest name stays, so that no number is given out twice. The whole costs one reading of the workspace's
rows and sums, by their primary keys and some thousand at a time, however many names there are, and a byte of
memory for each name.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Executable, Table, delete, func, select, tuple_

from farthing.storage.contract.names import NameSweep
from farthing.storage.sql import codes, marks
from farthing.storage.sql.cells import integer
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import (
    CELLS,
    FAMILIES,
    GRAINS,
    NAME_REFS,
    erasure,
    repricing,
    repricing_change,
    usage_event,
)
from farthing.storage.sql.schema import name as table
from farthing.storage.sql.schema.budgets import budget_cell, budget_hold, budget_mark
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Rows, Transaction

_ROW_REFS: Final = (*NAME_REFS.values(), "accounting_rule_ref", "flags_ref")
_CHANGE_REFS: Final = ("model_ref", "flags_ref")
_NAMED: Final = [family for family in FAMILIES if set(family.keys) <= {*NAME_REFS.values()}]
_CELLS: Final = [(CELLS[family.name, grain], family.keys) for family in _NAMED for grain in GRAINS]
"""Histograms have the keys of their cells, and go with them."""
_GROUPS: Final = [(mode, env) for mode in codes.DATA_MODE.values() for env in codes.ENVIRONMENT.values()]
_ROWS, _CHANGES, _SUMS, _COUNTED = 0, 1, 2, 3
_COUNTS: Final = (budget_cell, budget_mark)
"""What is counted for budgets; `value` is a name where they are of each value of one, else some number."""


async def begin(tx: Transaction, workspace_id: int) -> NameSweep | None:
    """See NameStore."""
    scope = {"workspace_id": workspace_id}
    if await tx.fetch(_unfinished_erasures(), scope):
        return None  # it remembers the numbers of names
    mark = await marks.name_moves(tx, workspace_id)
    ((last,),) = await tx.fetch(_last_name())
    return NameSweep(workspace_id, mark, last or 0, bytearray((last or 0) + 1), place=(_ROWS, 0))


async def look(tx: Transaction, sweep: NameSweep, row_count_max: int) -> None:
    """See NameStore."""
    kind, *place = sweep.place or (None,)
    if kind == _ROWS:
        await _look_at_rows(tx, sweep, place[0], row_count_max)
    elif kind == _CHANGES:
        await _look_at_changes(tx, sweep, (place[0], place[1]), row_count_max)
    elif kind == _SUMS:
        await _look_at_sums(tx, sweep, place, row_count_max)
    elif kind == _COUNTED:
        await _look_at_counts(tx, sweep, place, row_count_max)


async def drop(tx: Transaction, sweep: NameSweep, name_count_max: int) -> int | None:
    """See NameStore."""
    await tx.next_request_ids(0)  # the row of the request ids is held from here on
    scope = {"workspace_id": sweep.workspace_id}
    await _look_at_new_rows(tx, sweep)
    await _look_at_holds(tx, sweep)
    # Last of all: what has moved since is seen here, or was seen above.
    if await marks.name_moves(tx, sweep.workspace_id) != sweep.mark:
        return None
    if await tx.fetch(_unfinished_erasures(), scope):
        return None
    refs: list[int] = []
    while sweep.dropped_to < sweep.last_name_id and len(refs) < name_count_max:
        params = {**scope, "after": sweep.dropped_to, "last": sweep.last_name_id, "row_count": name_count_max}
        some = [ref for (ref,) in await tx.fetch(_names_after(), params)]
        left = name_count_max - len(refs)
        unused = [ref for ref in some if not sweep.used[ref]][:left]
        refs += unused
        is_cut = len(unused) == left
        sweep.dropped_to = unused[-1] if is_cut else (some[-1] if some else sweep.last_name_id)
    if refs:
        await marks.renew_names(tx)
        await tx.execute(_drop(), {**scope, "refs": refs})
    return len(refs)


async def count(tx: Transaction, workspace_id: int) -> int:
    """See NameStore."""
    ((found,),) = await tx.fetch(_count(), {"workspace_id": workspace_id})
    return int(found)


def _meet(sweep: NameSweep, rows: Rows, skipped: int = 0) -> None:
    for row in rows:
        for ref in row[skipped:]:
            if ref <= sweep.last_name_id:
                sweep.used[ref] = 1


async def _look_at_rows(tx: Transaction, sweep: NameSweep, after: int, row_count_max: int) -> None:
    """By stretches of numbers, most of which are rows: what other workspaces have costs a look each."""
    params = {"workspace_id": sweep.workspace_id, "after": after, "last": after + row_count_max}
    _meet(sweep, await tx.fetch_at_once(_rows(), params))
    ((newest,),) = await tx.fetch(_newest_row())
    sweep.last_row_id = min(after + row_count_max, newest or 0)
    is_over = after + row_count_max >= (newest or 0)
    sweep.place = (_CHANGES, 0, 0) if is_over else (_ROWS, after + row_count_max)


async def _look_at_new_rows(tx: Transaction, sweep: NameSweep) -> None:
    ((newest,),) = await tx.fetch(_newest_row())
    params = {"workspace_id": sweep.workspace_id, "after": sweep.last_row_id, "last": newest or 0}
    _meet(sweep, await tx.fetch_at_once(_rows(), params))
    sweep.last_row_id = newest or 0


async def _look_at_holds(tx: Transaction, sweep: NameSweep) -> None:
    params = {"workspace_id": sweep.workspace_id, "after": sweep.last_hold_id}
    rows = await tx.fetch_at_once(_holds_after(), params)
    _meet(sweep, [(row[1],) for row in rows if row[1] >= 0])
    sweep.last_hold_id = max((row[0] for row in rows), default=sweep.last_hold_id)


async def _look_at_changes(
    tx: Transaction, sweep: NameSweep, after: tuple[int, int], row_count_max: int
) -> None:
    """What calls were before they were priced anew: taking that back gives them these names again."""
    params = {"workspace_id": sweep.workspace_id, "after_repricing": after[0], "after_request": after[1]}
    rows = await tx.fetch(_changes(), params | {"row_count": row_count_max})
    _meet(sweep, rows, 2)
    is_over = len(rows) < row_count_max
    sweep.place = (_SUMS, 0, 0) if is_over else (_CHANGES, rows[-1][0], rows[-1][1])


async def _look_at_sums(tx: Transaction, sweep: NameSweep, place: list[int], row_count_max: int) -> None:
    """`place` is the table, the data mode with its environment, and the key of the last cell, if any."""
    at, group, *key = place
    cells, keys = _CELLS[at]
    mode, environment = _GROUPS[group]
    params = {"workspace_id": sweep.workspace_id, "data_mode": mode, "environment": environment}
    after = key or [-(2**62), *(-1 for _ in keys)]
    params |= {f"after_{number}": value for number, value in enumerate(after)}
    rows = await tx.fetch_at_once(_cells_after(cells, keys), params | {"row_count": row_count_max})
    _meet(sweep, rows, 1)
    if len(rows) == row_count_max:
        sweep.place = (_SUMS, at, group, *rows[-1])
    elif group + 1 < len(_GROUPS):
        sweep.place = (_SUMS, at, group + 1)
    else:
        sweep.place = (_SUMS, at + 1, 0) if at + 1 < len(_CELLS) else (_COUNTED, 0)


async def _look_at_counts(tx: Transaction, sweep: NameSweep, place: list[int], row_count_max: int) -> None:
    """`place` is the table and the key of its last row, if any."""
    at, *key = place
    columns = _key_of(_COUNTS[at])
    params = {"workspace_id": sweep.workspace_id, "row_count": row_count_max}
    params |= {f"after_{number}": value for number, value in enumerate(key or [-(2**62)] * len(columns))}
    rows = await tx.fetch_at_once(_counts_after(_COUNTS[at]), params)
    value = columns.index("value")
    _meet(sweep, [(row[value],) for row in rows if row[value] >= 0])
    if len(rows) == row_count_max:
        sweep.place = (_COUNTED, at, *rows[-1])
    else:
        sweep.place = (_COUNTED, at + 1) if at + 1 < len(_COUNTS) else None


def _key_of(counts: Table) -> list[str]:
    return [column.name for column in counts.primary_key if column.name != "workspace_id"]


@cache
def _unfinished_erasures() -> Executable:
    row = erasure.c
    return select(row.id).where(row.workspace_id == integer("workspace_id"), row.state == "erasing").limit(1)


@cache
def _last_name() -> Executable:
    return across_workspaces(select(func.max(table.c.id)), "a number, of whatever workspace")


@cache
def _newest_row() -> Executable:
    return across_workspaces(select(func.max(usage_event.c.request_id)), "a number, of whatever workspace")


@cache
def _rows() -> Executable:
    row = usage_event.c
    # By the primary key: + 0 keeps the index of the workspace's times out of it.
    mine = row.workspace_id + 0 == integer("workspace_id")
    between = row.request_id > integer("after"), row.request_id <= integer("last")
    found = select(*(row[ref] for ref in _ROW_REFS)).where(mine, *between)
    return across_workspaces(found, "held to one by the sum")


@cache
def _changes() -> Executable:
    row = repricing_change.c
    mine = repricing.c.id == row.repricing_id, repricing.c.workspace_id == integer("workspace_id")
    after = tuple_(row.repricing_id, row.request_id) > tuple_(
        integer("after_repricing"), integer("after_request")
    )
    wanted = select(row.repricing_id, row.request_id, *(row[ref] for ref in _CHANGE_REFS))
    found = wanted.where(*mine, after).order_by(row.repricing_id, row.request_id)
    return across_workspaces(found.limit(integer("row_count")), "re-pricings are held to one")


@cache
def _cells_after(cells: Table, keys: tuple[str, ...]) -> Executable:
    row = cells.c
    mine = [row[name] == integer(name) for name in ("workspace_id", "data_mode", "environment")]
    key = [row.quarter, *(row[name] for name in keys)]
    after = tuple_(*key) > tuple_(*(integer(f"after_{number}") for number in range(len(key))))
    return select(*key).where(*mine, after).order_by(*key).limit(integer("row_count"))


@cache
def _counts_after(counts: Table) -> Executable:
    row = counts.c
    key = [row[name] for name in _key_of(counts)]
    after = tuple_(*key) > tuple_(*(integer(f"after_{number}") for number in range(len(key))))
    mine = row.workspace_id == integer("workspace_id")
    return select(*key).where(mine, after).order_by(*key).limit(integer("row_count"))


@cache
def _holds_after() -> Executable:
    row = budget_hold.c
    mine = row.workspace_id == integer("workspace_id"), row.id > integer("after")
    return select(row.id, row.value).where(*mine)


@cache
def _names_after() -> Executable:
    row = table.c
    mine = row.workspace_id == integer("workspace_id")
    found = select(row.id).where(mine, row.id > integer("after"), row.id < integer("last"))
    return found.order_by(row.id).limit(integer("row_count"))


@cache
def _drop() -> Executable:
    mine = table.c.workspace_id == integer("workspace_id")
    return delete(table).where(mine, among(table.c.id, "refs"))


@cache
def _count() -> Executable:
    return select(func.count()).select_from(table).where(table.c.workspace_id == integer("workspace_id"))
