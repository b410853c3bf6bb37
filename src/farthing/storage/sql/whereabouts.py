"""Where calls of a value are: the quarter hours whose cells have it, and those of events no cell holds yet.

A list of few among many calls walks these and nothing in between. What is found is never too little: cells
hold every event that is not pending, in the quarter it happened, and rows are never kept longer than cells.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Executable, func, select

from farthing.rules.filters import Filters
from farthing.rules.periods import QUARTER_MS, Window
from farthing.storage.sql.cells import each_scope, integer, number, quarter_of_event
from farthing.storage.sql.copied_rows import RowReader, beside
from farthing.storage.sql.filters import Scope, Wanted, wanted_values
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import CELLS, FAMILIES, Family, pending, usage_event, workspace
from farthing.storage.sql.spans import Range, Sealed, cells_in
from farthing.storage.sql.transaction import Transaction

_MODES: Final = ("data_mode", "environment")
RowsAsked = tuple[int, Window, Filters, int]
"""Workspace, window, filters, and how many rows may be read."""

_PART: Final = 2
"""Calls in more than this part of a window are read along with all others."""

_ROWS_MIN: Final = 20_000
"""Fewer rows are all looked at sooner than it is found out where some of them are."""


@dataclass(frozen=True)
class Sought:
    """What is looked for in the cells of a family; `scope` is as much of the filters as these know."""

    family: Family
    scope: Scope
    params: dict[str, Any]
    sealed: Sealed


@dataclass(frozen=True)
class Places:
    """Quarters of a window in which calls may be.

    `spans` are sealed days that have some, and time that is not sealed.
    `waiting` are the quarters of events that no cell holds yet, ascending.
    """

    sought: Sought
    window: Window
    spans: list[tuple[str, Range]]
    waiting: list[int]


async def sealed_of(tx: Transaction, workspace_id: int) -> Sealed | None:
    """How far the workspace's time is sealed; None when there is no such workspace."""
    rows = await tx.fetch(_sealed(), {"workspace_id": workspace_id})
    return Sealed(rows[0][1], ZoneInfo(rows[0][0])) if rows else None


async def sought(tx: Transaction, workspace_id: int, wanted: Wanted) -> Sought | None:
    """What to look for; None where the filters ask for no value that cells are kept of.

    The family with the most cells is asked, as it has the fewest of one value; none that came later, whose
    cells may lack older calls.
    """
    for family in reversed([each for each in FAMILIES if not each.is_later]):
        columns = tuple(column for column in wanted.values if column in (*_MODES, *family.keys))
        if set(columns) - set(_MODES):
            sealed = await sealed_of(tx, workspace_id)
            params = {column: wanted.values[column] for column in columns} | {"workspace_id": workspace_id}
            return Sought(family, Scope(columns), params, sealed) if sealed else None
    return None


async def extent(tx: Transaction, workspace_id: int) -> Window | None:
    """From the first event of the workspace to just after its last: a step in the index each."""
    ((first, last),) = await tx.fetch(_extent(), {"workspace_id": workspace_id})
    return None if first is None else Window(first, last + 1)


async def has_many_rows(tx: Transaction, workspace_id: int, window: Window) -> bool:
    """Whether a window has more than a few: so many steps in an index at most."""
    params = {"workspace_id": workspace_id, "start": window.start, "end": window.end}
    return bool(await tx.fetch(_row_after(), params | {"skipped": _ROWS_MIN}))


async def places(tx: Transaction, workspace_id: int, wanted: Wanted, window: Window) -> Places | None:
    """Where calls of the window may be, day by day; None where cells do not tell."""
    looked_for = await sought(tx, workspace_id, wanted)
    there = None if looked_for is None else await extent(tx, workspace_id)
    if looked_for is None or there is None:
        return None
    start = min(max(window.start, there.start), there.end)  # longer than there are calls, it has endless days
    return await _places(tx, looked_for, Window(start, max(start, min(window.end, there.end))))


async def scattered(tx: Transaction, workspace_id: int, wanted: Wanted, window: Window) -> list[Range] | None:
    """The stretches (UTC ms) of a window that calls may be in; None where they are more than a part of it."""
    where = await places(tx, workspace_id, wanted, window)
    if where is None:
        return None
    found: list[int] = []
    most = (where.window.end - where.window.start) // QUARTER_MS // _PART
    for low, high in _growing(len(where.spans) + 1):
        found += await _quarters(tx, where, low, high)
        if len(found) > most:
            return None
    return _stretches(found)


async def rows_since(tx: Transaction, asked: RowsAsked, reader: RowReader | None = None) -> int:
    """See FactReader.rows_since."""
    workspace_id, window, filters, rows_max = asked
    wanted = await wanted_values(tx, workspace_id, filters)
    if wanted.is_impossible or await beside(tx, reader, workspace_id) is not None:
        return window.start
    last = await _row_before(tx, workspace_id, (window.start, window.end), rows_max)
    if last is None:
        return window.start
    where = await places(tx, workspace_id, wanted, window)
    return last + 1 if where is None else await _since(tx, where, window, rows_max)


async def _since(tx: Transaction, where: Places, window: Window, rows_max: int) -> int:
    """The same, where it is known in which quarters they are."""
    workspace_id = where.sought.params["workspace_id"]
    left = rows_max
    count = len(where.spans) + 1
    counted = {window.start // QUARTER_MS, window.end // QUARTER_MS, *where.waiting}
    for low, high in _growing(count):
        quarters = await _quarters(tx, where, count - high, count - low)
        cells = await tx.fetch(_held(), {"workspace_id": workspace_id, "cells": quarters})
        held = {quarter: int(number_of_rows) for quarter, number_of_rows in cells}
        for quarter in reversed(quarters):
            run = max(quarter * QUARTER_MS, window.start), min((quarter + 1) * QUARTER_MS, window.end)
            params = {"workspace_id": workspace_id, "start": run[0], "end": run[1]}
            if quarter in counted:  # its cells hold other calls than are read
                ((held[quarter],),) = await tx.fetch(_count(), params)
            if held.get(quarter, 0) > left:
                last = await _row_before(tx, workspace_id, run, left)
                return window.start if last is None else last + 1
            left -= held.get(quarter, 0)
    return window.start


def _growing(count: int) -> Iterator[Range]:
    """All of so many places in ranges, each as long as all before it: few statements, and an early end."""
    low = 0
    while low < count:
        high = min(max(2 * low, 1), count)
        yield low, high
        low = high


async def _row_before(tx: Transaction, workspace_id: int, run: Range, skipped: int) -> int | None:
    """The time of the row that so many of a stretch come after; None where it has no more than these."""
    params = {"workspace_id": workspace_id, "start": run[0], "end": run[1], "skipped": skipped}
    rows = await tx.fetch(_row_from_end(), params)
    return int(rows[0][0]) if rows else None


async def _places(tx: Transaction, wanted: Sought, window: Window) -> Places:
    low, high = window.start // QUARTER_MS, -(-window.end // QUARTER_MS)
    cut = min(max(wanted.sealed.until, low), high)
    spans: list[tuple[str, Range]] = []
    for month in await _found(tx, wanted, "month", [(low, cut)]):
        spans += [("hour", day) for day in await _found(tx, wanted, "day", [month])]
    if cut < high:
        spans.append(("quarter", (cut, high)))
    params = wanted.params | {"start": window.start, "end": window.end}
    waiting = await tx.fetch(_waiting(wanted.scope), params)
    return Places(wanted, window, spans, [quarter for (quarter,) in waiting])


async def newest_first(tx: Transaction, of: Places) -> AsyncIterator[Range]:
    """The stretches (UTC ms) from the last on; days are looked into when they are reached."""
    for place in reversed(range(len(of.spans) + 1)):
        for run in reversed(_stretches(await _quarters(tx, of, place, place + 1))):
            yield run


async def oldest_first(tx: Transaction, of: Places) -> AsyncIterator[Range]:
    """The same from the first on."""
    for place in range(len(of.spans) + 1):
        for run in _stretches(await _quarters(tx, of, place, place + 1)):
            yield run


async def _quarters(tx: Transaction, of: Places, low: int, high: int) -> list[int]:
    """The quarters (ascending) of the spans with numbers in [low, high), and of what waits before these.

    After the last span come those that wait behind it; its number is that of no span.
    """
    quarters = {quarter for each in range(low, high) for quarter in _between(of, each)}
    days = [span for grain, span in of.spans[low:high] if grain == "hour"]
    hours = await _found(tx, of.sought, "hour", days)
    within = [quarter for hour in hours for quarter in range(*hour)]
    if within:
        asked = _with(of.sought.family, of.sought.scope, "quarter"), of.sought.params | {"cells": within}
        quarters.update(quarter for (quarter,) in await tx.fetch(*asked))
    for grain, span in of.spans[low:high]:
        if grain == "quarter":
            params = of.sought.params | {"start": span[0], "end": span[1]}
            open_ones = await tx.fetch(_within(of.sought.family, of.sought.scope), params)
            quarters.update(quarter for (quarter,) in open_ones)
    return sorted(quarters)


def _between(of: Places, number_of_span: int) -> Iterator[int]:
    ends = [0, *(span[1] for _, span in of.spans), 1 << 62]
    low, high = ends[number_of_span], ends[number_of_span + 1]
    return (quarter for quarter in of.waiting if low <= quarter < high)


def _stretches(quarters: list[int]) -> list[Range]:
    """Ascending quarters as stretches (UTC ms), those that follow one another as one."""
    merged: list[Range] = []
    for quarter in quarters:
        if merged and merged[-1][1] == quarter:
            merged[-1] = merged[-1][0], quarter + 1
        else:
            merged.append((quarter, quarter + 1))
    return [(low * QUARTER_MS, high * QUARTER_MS) for low, high in merged]


async def _found(tx: Transaction, wanted: Sought, grain: str, spans: Sequence[Range]) -> list[Range]:
    """Which cells of spans have what is sought, as the ranges that they share with these."""
    cells: dict[int, list[Range]] = {}
    for span in spans:
        for cell, shared in cells_in(*span, grain, wanted.sealed.zone):
            cells.setdefault(cell, []).append(shared)
    if not cells:
        return []
    rows = await tx.fetch(_with(wanted.family, wanted.scope, grain), wanted.params | {"cells": list(cells)})
    return sorted(shared for (cell,) in rows for shared in cells[cell])


@cache
def _extent() -> Executable:
    row = usage_event.c
    ends = (
        select(end(row.occurred_at)).where(row.workspace_id == integer("workspace_id")).scalar_subquery()
        for end in (func.min, func.max)
    )
    return select(*ends)


@cache
def _row_after() -> Executable:
    at = usage_event.c.occurred_at
    return select(at).where(*_in_run()).order_by(at).limit(number(1)).offset(integer("skipped"))


@cache
def _row_from_end() -> Executable:
    at = usage_event.c.occurred_at
    return select(at).where(*_in_run()).order_by(at.desc()).limit(number(1)).offset(integer("skipped"))


@cache
def _count() -> Executable:
    return select(func.count()).select_from(usage_event).where(*_in_run())


@cache
def _held() -> Executable:
    """How many calls the cells of quarters hold, of all modes."""
    cells = CELLS[FAMILIES[0].name, "quarter"]
    counted = select(cells.c.quarter, func.sum(cells.c.request_count))
    return counted.where(*each_scope(cells.c), among(cells.c.quarter, "cells")).group_by(cells.c.quarter)


def _in_run() -> list[ColumnElement[bool]]:
    row = usage_event.c
    within = row.occurred_at >= integer("start"), row.occurred_at < integer("end")
    return [row.workspace_id == integer("workspace_id"), *within]


@cache
def _sealed() -> Executable:
    row = workspace.c
    return select(row.timezone, row.sealed_quarter).where(row.id == integer("workspace_id"))


@lru_cache(maxsize=256)
def _with(family: Family, scope: Scope, grain: str) -> Executable:
    """Which of the given cells of a grain have something in the scope."""
    cells = CELLS[family.name, grain]
    mine = cells.c.workspace_id == integer("workspace_id")
    here = among(cells.c.quarter, "cells")
    return select(cells.c.quarter).distinct().where(mine, here, *scope.conditions(cells))


@lru_cache(maxsize=256)
def _within(family: Family, scope: Scope) -> Executable:
    """The quarters of [start, end) that have something in the scope."""
    cells = CELLS[family.name, "quarter"]
    mine = cells.c.workspace_id == integer("workspace_id")
    here = cells.c.quarter >= integer("start"), cells.c.quarter < integer("end")
    return select(cells.c.quarter).distinct().where(mine, *here, *scope.conditions(cells))


@lru_cache(maxsize=256)
def _waiting(scope: Scope) -> Executable:
    """The quarters of pending events. The sums keep planners from leading with time (see select_facts)."""
    row = usage_event.c
    events = pending.join(usage_event, row.request_id.between(pending.c.first_id, pending.c.last_id))
    quarter = quarter_of_event().label("quarter")
    return (
        select(quarter)
        .distinct()
        .select_from(events)
        .where(
            row.workspace_id + number(0) == integer("workspace_id"),
            row.occurred_at + number(0) >= integer("start"),
            row.occurred_at + number(0) < integer("end"),
            *scope.conditions(usage_event),
        )
        .order_by(quarter)
    )
