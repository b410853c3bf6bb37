"""Deleting whole quarters of a data mode: rows and cells go together, and little is reckoned.

Data mode leads the key of every cell, so the cells of some quarters are one stretch of each table. Time is
walked upwards: a coarser cell loses what its quarters held as long as the walk is inside it, and goes as a
whole when the walk has passed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import compress, product
from typing import Any

from sqlalchemy import BigInteger, Executable, Table, cast, delete, func, select, update

from farthing.reports.facts import SUMS
from farthing.storage.sql import histograms
from farthing.storage.sql.cells import integer, number, one_mode, quarter_of_event
from farthing.storage.sql.copy_notes import note_chosen, noting_rows
from farthing.storage.sql.doomed import EVERYBODY, between, is_doomed, is_folded, of_mode
from farthing.storage.sql.schema import (
    CELL_KEY,
    CELLS,
    FAMILIES,
    GRAINS,
    HISTOGRAMS,
    LATENCY_CELLS,
    Family,
    usage_event,
)
from farthing.storage.sql.spans import SEALED_GRAINS, Range, Sealed, cell_of
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Params, Transaction

Found = dict[tuple[int, int], int]
"""Events by (environment, quarter)."""
Held = dict[tuple[str, int, int], list[tuple[tuple[int, ...], int]]]
"""Packed histograms by their keys, of a family and the quarters [start, end)."""


async def can_drop(tx: Transaction, params: Params, span: Range, sealed: Sealed) -> bool:
    """Whether the cells of these quarters, and coarser ones up to their end, hold nothing that stays.

    What stays are events of others, or of later; and whatever stands before the quarters: the walk has passed
    it, so it came there since (a call that was amended or restored). Where one owner's go, cells may also
    tell of others' events that are long gone themselves: then cells and events differ.
    """
    first = cell_of(span[0], "month", sealed.zone)
    if await tx.fetch(_there(), {**params, "start": first, "end": span[0]}):
        return False
    if await tx.fetch(_stays(), {**params, "start": span[0], "end": span[1]}):
        return False
    return params["owner_id"] == EVERYBODY or await _are_equal(tx, params, span, sealed)


async def _are_equal(tx: Transaction, params: Params, span: Range, sealed: Sealed) -> bool:
    """Whether cells count just the events that are to go."""
    here = {**params, "start": span[0], "end": span[1]}
    ((row_count,),) = await tx.fetch(_folded_count(), here)
    if row_count != await _count(tx, "quarter", here):
        return False
    for grain in SEALED_GRAINS:
        cut = cell_of(span[1], grain, sealed.zone)
        gone = {**params, "start": cell_of(span[0], grain, sealed.zone), "end": cut}
        held = {**params, "start": span[0], "end": min(cut, sealed.until)}
        if await _count(tx, grain, gone) != await _count(tx, "quarter", held):
            return False
    return True


async def _count(tx: Transaction, grain: str, params: Params) -> int:
    ((count,),) = await tx.fetch(_request_count(grain), params)
    return int(count or 0)


async def drop(tx: Transaction, params: Params, span: Range, sealed: Sealed) -> Found:
    """Delete the mode's events and cells of these quarters; returns how many events it were."""
    here = {**params, "start": span[0], "end": span[1]}
    found = {(environment, quarter): count for environment, quarter, count in await tx.fetch(_found(), here)}
    held: Held = {}
    facts = await facts_of(tx, params)  # before any grain changes: a month's cells may be empty and go
    for grain in SEALED_GRAINS:
        cut = cell_of(span[1], grain, sealed.zone)
        inside = max(span[0], cut), min(span[1], sealed.until)
        if facts and inside[0] < inside[1]:
            place = {**params, "cell": cut, "start": inside[0], "end": inside[1]}
            await _take(tx, grain, place, facts, held)
        passed = {**params, "start": cell_of(span[0], grain, sealed.zone), "end": cut}
        for table in tables_of(grain) if passed["start"] < cut else ():
            await tx.execute(_drop_cells(table), passed)
    for table in tables_of("quarter"):
        await tx.execute(_drop_cells(table), here)
    if found:
        await note_chosen(tx, _note_events, here)
        await tx.execute(_drop_events(), here)
    return found


async def _take(tx: Transaction, grain: str, params: Params, facts: tuple[str, ...], held: Held) -> None:
    """Take quarters away from the coarser cell that holds them and more; what is empty then is gone.

    `facts` are those that may not be 0. `held` remembers what the quarters hold: most often they are the same
    for all grains.
    """
    for family in FAMILIES:
        target = CELLS[family.name, grain]
        after = await tx.fetch(_take_cells(family, grain, facts), params)
        empty = [dict(zip(_key_names(target), row, strict=False)) for row in after if row[-1] == 0]
        if empty:
            await tx.execute_many(drop_one(target), empty)
        if family.has_latency:
            place = family.name, params["start"], params["end"]
            if place not in held:
                held[place] = await histograms.of_quarters(tx, family, params)
            taken = {_at(params["cell"], key): -packed for key, packed in held[place]}
            await histograms.add(tx, family, grain, taken)


def _at(cell: int, key: tuple[int, ...]) -> tuple[int, ...]:
    """The key of a histogram in the cell that begins at this quarter."""
    place = CELL_KEY.index("quarter")
    return (*key[:place], cell, *key[place + 1 :])


async def facts_of(tx: Transaction, params: Params) -> tuple[str, ...]:
    """The facts that the mode has any of in sealed time: most kinds of units are used by nobody.

    Asked of all months, so that the statements made for them hardly change from step to step.
    """
    (most,) = await tx.fetch(_most(), params)
    return tuple(compress(SUMS, most))


async def drop_rest(tx: Transaction, params: Params, cell_count_max: int) -> bool:
    """Delete cells of a mode that has no events any more, about so many; whether there are more."""
    if await tx.fetch(_any_event(), params):
        return False
    for grain in GRAINS:
        for table in tables_of(grain):
            last = await tx.fetch(_nth_cell(table), {**params, "skipped": cell_count_max})
            end = last[0][0] + 1 if last else 2**62
            gone = await tx.execute(_drop_cells(table), {**params, "start": -(2**62), "end": end})
            if gone:
                return True
    return False


def statements(facts: tuple[str, ...]) -> Iterator[Executable]:
    """What dropping quarters of a mode with these facts runs, but for what is made in no time."""
    yield from (_there(), _stays(), _found(), _drop_events(), _most(), _any_event())
    for grain in GRAINS:
        yield from map(_drop_cells, tables_of(grain))
    for family, grain in product(FAMILIES, SEALED_GRAINS):
        yield drop_one(CELLS[family.name, grain])
        if facts:
            yield _take_cells(family, grain, facts)
        if family.has_latency:
            yield from histograms.statements(family, grain)


def tables_of(grain: str) -> Iterator[Table]:
    """Every table with cells of a grain."""
    for family in FAMILIES:
        yield CELLS[family.name, grain]
        if family.has_latency:
            yield LATENCY_CELLS[family.name] if grain == "quarter" else HISTOGRAMS[family.name, grain]


def _key_names(table: Table) -> list[str]:
    return [f"key_{column.name}" for column in table.primary_key]


@cache
def drop_one(table: Table) -> Executable:
    """Delete the cell whose key is given."""
    return delete(table).where(*(column == integer(f"key_{column.name}") for column in table.primary_key))


@cache
def _stays() -> Executable:
    row = usage_event.c
    return select(row.occurred_at).where(*of_mode(), *between(), ~is_doomed()).limit(number(1))


@cache
def _there() -> Executable:
    return select(usage_event.c.occurred_at).where(*of_mode(), *between()).limit(number(1))


@cache
def _any_event() -> Executable:
    return select(usage_event.c.occurred_at).where(*of_mode()).limit(number(1))


@cache
def _folded_count() -> Executable:
    return select(func.count()).select_from(usage_event).where(*of_mode(), *between(), is_folded())


@cache
def _request_count(grain: str) -> Executable:
    row = CELLS[FAMILIES[0].name, grain].c
    return select(func.sum(row.request_count)).where(*one_mode(row), *_within(row))


@cache
def _found() -> Executable:
    environment, quarter = usage_event.c.environment, quarter_of_event()
    there = select(environment, quarter, func.count()).where(*of_mode(), *between(), is_doomed())
    return there.group_by(environment, quarter)


@cache
def _note_events() -> Executable:
    return noting_rows(*of_mode(), *between(), is_doomed())


@cache
def _drop_events() -> Executable:
    return delete(usage_event).where(*of_mode(), *between(), is_doomed())


@cache
def _drop_cells(table: Table) -> Executable:
    return delete(table).where(*one_mode(table.c), *_within(table.c))


@cache
def _nth_cell(table: Table) -> Executable:
    row = table.c
    there = select(row.quarter).where(row.workspace_id == integer("workspace_id"))
    there = there.where(row.data_mode == integer("data_mode")).order_by(row.quarter)
    return there.limit(number(1)).offset(integer("skipped"))


@cache
def _most() -> Executable:
    row = CELLS[FAMILIES[0].name, "month"].c
    return select(*(func.max(row[fact]) for fact in SUMS)).where(*one_mode(row))


@lru_cache
def _take_cells(family: Family, grain: str, facts: tuple[str, ...]) -> Executable:
    """Gives the keys of the cells that lost something, with what requests they still count."""
    fine, target = CELLS[family.name, "quarter"].c, CELLS[family.name, grain]
    of_group = [fine[c.name] for c in target.primary_key if c.name != "quarter"]
    sums = [cast(func.sum(fine[fact]), BigInteger).label(fact) for fact in facts]
    held = select(*of_group, integer("cell").label("quarter"), *sums)
    held = held.where(*one_mode(fine), *_within(fine)).group_by(*of_group)
    lost = held.subquery("lost").c
    same = [column == lost[column.name] for column in target.primary_key]
    taking = update(target).where(*same).values({fact: target.c[fact] - lost[fact] for fact in facts})
    taking = taking.returning(*target.primary_key, target.c.request_count)
    return across_workspaces(taking, "the quarters that are summed up are held to one")


def _within(columns: Any) -> list[Any]:
    return [columns.quarter >= integer("start"), columns.quarter < integer("end")]
