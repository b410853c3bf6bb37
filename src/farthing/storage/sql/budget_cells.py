"""Cells and marks of budgets as rows: what is read and written of them. Meaning is `rules.budget_*`.

Whoever changes them holds the row of the request ids, so that one adds to what another has added.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import add
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger as Big
from sqlalchemy import Executable, Text, bindparam, cast, func, literal_column, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.budget_counts import NOTHING, Amounts
from farthing.rules.budget_marks import Marks
from farthing.rules.money import PICO_PER_USD
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.given_rows import given, rows
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import budget_cell, budget_mark
from farthing.storage.sql.schema.budgets import CELL_KEY, CELL_SUMS
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

Key = tuple[int, int, int, int]
"""(count id, grain, value, start): the key of a cell after its workspace."""
Range = tuple[int, int, int, int, int]
"""(count id, grain, value, first start, end): cells that are added up."""
MarkKey = tuple[int, int, int]
"""(count id, value, start)."""

NO_VALUE: Final = -1
NO_START: Final = -1
_KILO: Final = 10**15
"""Pico-dollars in a thousand dollars: of the smaller part nine thousand add up in 64 bits."""
_COUNT_MAX: Final = 2**53 - 1
"""Counts stop there: sums of all cells of a window fit into 64 bits."""
_ALIKE_MIN: Final = 4
"""From so many cells on that gain the same they are added to by one statement."""
_GAINED: Final = tuple(f"gained_{name}" for name in CELL_SUMS)
_ENCODER: Final = msgspec.json.Encoder()
_MARKS: Final = msgspec.json.Decoder(Marks)


def to_row(amounts: Amounts) -> tuple[int, ...]:
    """Sums of AMOUNTS as CELL_SUMS."""
    cost, *counts = amounts
    if max(counts) > _COUNT_MAX or min(counts) < -_COUNT_MAX:
        counts = [max(-_COUNT_MAX, min(each, _COUNT_MAX)) for each in counts]
    return (*divmod(cost, _KILO), *counts)


def of_row(row: Sequence[Any]) -> Amounts:
    """CELL_SUMS, or sums of them, as sums of AMOUNTS."""
    high, low, *counts = row
    return (int(high) * _KILO + int(low), *map(int, counts))


async def add_to(
    tx: Transaction, workspace_id: int, gains: Mapping[Key, Sequence[int]]
) -> dict[Key, Amounts]:
    """Add to cells, making those that are not there; what they hold now."""
    after: dict[Key, Amounts] = {}
    alike: dict[tuple[int, ...], list[int]] = {}
    for (count_id, *rest), gain in gains.items():
        alike.setdefault((*rest, *gain), []).append(count_id)
    for same, count_ids in alike.items():
        if len(count_ids) >= _ALIKE_MIN:
            after |= await _add_alike(tx, workspace_id, same, count_ids)
    left = {key: gain for key, gain in gains.items() if key not in after} if after else gains
    return after | await _add_each(tx, workspace_id, left)


async def _add_alike(
    tx: Transaction, workspace_id: int, same: Sequence[int], count_ids: list[int]
) -> dict[Key, Amounts]:
    """Add the same to cells that differ in their count only: a fraction of what reading and writing costs.

    `same` is (grain, value, start) and the gain. What is not there, or near the end of what fits, is left.
    """
    grain, value, start, *gain = same
    place = {"workspace_id": workspace_id, "grain": grain, "value": value, "start": start}
    gained = dict(zip(_GAINED, to_row(tuple(gain)), strict=True))
    found = await tx.fetch(_add(), {**place, **gained, "count_ids": count_ids})
    return {(int(row[0]), grain, value, start): of_row(row[1:]) for row in found}


async def _add_each(
    tx: Transaction, workspace_id: int, gains: Mapping[Key, Sequence[int]]
) -> dict[Key, Amounts]:
    keys = sorted(gains)
    if not keys:
        return {}
    there = {
        tuple(row[:4]): of_row(row[4:])
        for row in await tx.fetch(_cells(), rows((workspace_id, *key) for key in keys))
    }
    after = {key: tuple(map(add, there.get(key, NOTHING), gains[key])) for key in keys}
    await tx.execute(_put(), rows((workspace_id, *key, *to_row(after[key])) for key in keys))
    return after


async def sums(tx: Transaction, workspace_id: int, ranges: Sequence[tuple[int, Range]]) -> dict[int, Amounts]:
    """What cells add up to by number, where there are any: ranges of the same number are added up."""
    if not ranges:
        return {}
    asked = rows((number, workspace_id, *each) for number, each in ranges)
    return {int(row[0]): of_row(row[1:]) for row in await tx.fetch(_sums(), asked)}


async def sums_by_value(
    tx: Transaction, workspace_id: int, ranges: Iterable[Range], limit: int, order: str
) -> list[tuple[int, Amounts]]:
    """What cells of all values add up to by value, most of `order` first (a name of CELL_SUMS)."""
    asked = rows((workspace_id, *each) for each in ranges)
    found = await tx.fetch(_sums_by_value(order), asked | {"row_count": limit})
    return [(int(row[0]), of_row(row[1:])) for row in found]


async def newest(
    tx: Transaction, workspace_id: int, count_id: int, grain: int, limit: int
) -> list[tuple[int, int, Amounts]]:
    """(start, value, sums) of the newest cells of a grain."""
    params = {"workspace_id": workspace_id, "count_id": count_id, "grain": grain, "row_count": limit}
    return [(int(row[0]), int(row[1]), of_row(row[2:])) for row in await tx.fetch(_newest(), params)]


async def marks(tx: Transaction, workspace_id: int, keys: Iterable[MarkKey]) -> dict[MarkKey, Marks]:
    """The marks that there are."""
    found: list[Sequence[Any]] = []
    alike: dict[tuple[int, int], list[int]] = {}
    for count_id, value, start in keys:
        alike.setdefault((value, start), []).append(count_id)
    left: list[MarkKey] = []
    for (value, start), count_ids in alike.items():
        if len(count_ids) < _ALIKE_MIN:
            left += [(count_id, value, start) for count_id in count_ids]
            continue
        place = {"workspace_id": workspace_id, "value": value, "start": start, "count_ids": count_ids}
        found += await tx.fetch(_marks_alike(), place)
    if left:
        found += await tx.fetch(_marks(), rows((workspace_id, *key) for key in sorted(left)))
    return {(count_id, value, start): _MARKS.decode(body) for count_id, value, start, body in found}


async def put_marks(tx: Transaction, workspace_id: int, new: Mapping[MarkKey, Marks]) -> None:
    """Keep marks in the place of those that were there."""
    values = [
        {
            "workspace_id": workspace_id,
            "count_id": count_id,
            "value": value,
            "start": start,
            "marks": _ENCODER.encode(each).decode(),
        }
        for (count_id, value, start), each in sorted(new.items())
    ]
    if values:
        await tx.execute_many(_put_marks(), values)


_BY_KEY: Final = "the keys that are given name their workspace"


@cache
def _cells() -> Executable:
    asked, row = given(CELL_KEY).c, budget_cell.c
    same = [row[name] == asked[name] for name in CELL_KEY]
    found = select(*(row[name] for name in (*CELL_KEY[1:], *CELL_SUMS))).where(*same)
    return across_workspaces(found, _BY_KEY)


@cache
def _add() -> Executable:
    """Both parts of a cost are added, and what is a thousand dollars or more of the smaller one is moved."""
    row = budget_cell.c
    place = [row[name] == integer(name) for name in ("workspace_id", "grain", "value", "start")]
    gained = {name: row[name] + integer(f"gained_{name}") for name in CELL_SUMS}
    kilo, most = literal_column(str(_KILO), Big), literal_column(str(_COUNT_MAX), Big)
    fits = [gained[name].between(-most, most) for name in CELL_SUMS[2:]]
    smaller = gained["cost_picousd"]
    new = gained | {"cost_kilousd": gained["cost_kilousd"] + smaller // kilo, "cost_picousd": smaller % kilo}
    adding = update(budget_cell).where(*place, among(row.count_id, "count_ids"), *fits).values(new)
    return adding.returning(row.count_id, *(row[name] for name in CELL_SUMS))


@cache
def _put() -> Executable:
    names = [*CELL_KEY, *CELL_SUMS]
    new = given(names).c
    insert = upsert(budget_cell).from_select(names, select(*(new[name] for name in names)).where(true()))
    return insert.on_conflict_do_update(
        index_elements=list(CELL_KEY), set_={name: insert.excluded[name] for name in CELL_SUMS}
    )


def _added() -> list[Any]:
    """The columns of CELL_SUMS added up; PostgreSQL's sums of 64 bits are wider."""
    return [cast(func.sum(budget_cell.c[name]), Big).label(name) for name in CELL_SUMS]


@cache
def _sums() -> Executable:
    asked, row = (
        given(("number", "workspace_id", "count_id", "grain", "value", "first", "last")).c,
        budget_cell.c,
    )
    same = [row[name] == asked[name] for name in CELL_KEY[:-1]]
    inside = row.start >= asked.first, row.start < asked.last
    found = select(asked.number, *_added()).where(*same, *inside).group_by(asked.number)
    return across_workspaces(found, _BY_KEY)


@cache
def _sums_by_value(order: str) -> Executable:
    """The values of the ranges are not looked at: all are meant."""
    asked, row = given(("workspace_id", "count_id", "grain", "value", "first", "last")).c, budget_cell.c
    same = [row[name] == asked[name] for name in ("workspace_id", "count_id", "grain")]
    inside = row.start >= asked.first, row.start < asked.last
    columns = dict(zip(CELL_SUMS, _added(), strict=True))
    first = _by_cost(columns) if order == "cost_picousd" else [columns[order]]
    found = select(row.value, *columns.values()).where(*same, *inside).group_by(row.value)
    found = found.order_by(*(each.desc() for each in first), row.value).limit(integer("row_count"))
    return across_workspaces(found, _BY_KEY)


def _by_cost(columns: Mapping[str, Any]) -> list[Any]:
    """Whole dollars, then what is left of one: the smaller parts may add up to more than the greater one."""
    high, low = columns["cost_kilousd"], columns["cost_picousd"]
    dollar = literal_column(str(PICO_PER_USD), Big)
    return [high * number(1_000) + low // dollar, low % dollar]


@cache
def _newest() -> Executable:
    row = budget_cell.c
    mine = [row[name] == integer(name) for name in ("workspace_id", "count_id", "grain")]
    found = select(row.start, row.value, *(row[name] for name in CELL_SUMS)).where(*mine)
    return found.order_by(row.start.desc(), row.value.desc()).limit(integer("row_count"))


@cache
def _marks() -> Executable:
    key = ("workspace_id", "count_id", "value", "start")
    asked, row = given(key).c, budget_mark.c
    found = select(row.count_id, row.value, row.start, row.marks).where(*(row[n] == asked[n] for n in key))
    return across_workspaces(found, _BY_KEY)


@cache
def _marks_alike() -> Executable:
    row = budget_mark.c
    place = [row[name] == integer(name) for name in ("workspace_id", "value", "start")]
    found = select(row.count_id, row.value, row.start, row.marks)
    return found.where(*place, among(row.count_id, "count_ids"))


@cache
def _put_marks() -> Executable:
    key = ["workspace_id", "count_id", "value", "start"]
    values: dict[str, Any] = {name: integer(name) for name in key}
    insert = upsert(budget_mark).values({**values, "marks": bindparam("marks", type_=Text())})
    return insert.on_conflict_do_update(index_elements=key, set_={"marks": insert.excluded.marks})
