"""When events are added to rollups.

Fold (events to quarters), seal (quarters to hours and days), and deletion.

Three steps, one law: a cell of a grain is complete for all folded events up to the workspace's sealed quarter
of that grain, and every read adds what is not folded and takes what is not sealed from the finer grain.
Events that come late, for time that is sealed, are added to all grains when they are folded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from itertools import product
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, delete, func, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.periods import HOUR_MS, QUARTER_MS, local_date, midnight
from farthing.storage.sql import cells, codes, histograms
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema import (
    CELLS,
    FAMILIES,
    HISTOGRAMS,
    LATENCY_CELLS,
    Family,
    pending,
    usage_event,
    workspace,
)
from farthing.storage.sql.transaction import Transaction

_RANGES_MAX: Final = 4_096
_SEAL_GRACE_MS: Final = 15 * 60 * 1000
"""Hours and days are sealed this long after their end: most late events have come by then."""
_SEAL_QUARTERS_MAX: Final = 96


@dataclass(frozen=True)
class Selection:
    """Which events are added or taken away; `params` are those of `cells.chosen`."""

    params: dict[str, int]
    is_deletion: bool = False


@dataclass(frozen=True)
class _Sealed:
    """Up to where a workspace's hour and day cells are complete."""

    workspace_id: int
    zone: ZoneInfo
    hours: int
    days: int


async def pending_ranges(tx: Transaction) -> list[tuple[int, int]]:
    """The oldest ranges of ids that wait to be folded."""
    return [(first, last) for first, last in await tx.fetch(_pending())]


async def fold(tx: Transaction, event_count_max: int) -> int:
    """Fold the oldest pending events, about so many; returns how many of those looked at are left.

    Raises SumOverflowError: roll back, then fold range by range.
    """
    ranges = await pending_ranges(tx)
    joined, taken_count = take(ranges, event_count_max)
    for first, last in joined:
        await fold_range(tx, first, last)
    return sum(last - first + 1 for first, last in ranges[taken_count:])


def take(ranges: list[tuple[int, int]], event_count_max: int) -> tuple[list[tuple[int, int]], int]:
    """The first ranges that make about `event_count_max` events, neighbours joined; and how many these are.

    Ids are given out and committed in the same order, so a joined range has no hole that could fill later.
    """
    joined: list[tuple[int, int]] = []
    event_count = 0
    for taken_count, (first, last) in enumerate(ranges):
        if event_count >= event_count_max:
            return joined, taken_count
        event_count += last - first + 1
        if joined and joined[-1][1] + 1 == first:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined, len(ranges)


async def fold_range(tx: Transaction, first: int, last: int) -> None:
    """Add the events of pending ranges that lie in [first, last] to the rollups."""
    span = {"first_id": first, "last_id": last}
    await _add(tx, Selection(span))
    await tx.execute(_done(), span)


async def rehearse(tx: Transaction) -> None:
    """Fold and seal nothing, so that all statements are made ready.

    Making them takes some 70 ms in all, which would otherwise hold up the first events that come.
    """
    await fold_range(tx, 0, 0)
    for grain in ("hour", "day"):
        await _seal(tx, 0, grain, 0, 0)


async def set_aside(tx: Transaction, first: int, last: int) -> None:
    """Leave ranges pending for good whose sums do not fit into a cell: reads add them row by row."""
    await tx.execute(_stuck(), {"first_id": first, "last_id": last})


async def delete_events(tx: Transaction, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
    """Delete events with their share of every cell."""
    ((first, last),) = await tx.fetch(_extent(), {"workspace_id": workspace_id})
    params = {
        "first_id": first or 0,
        "last_id": last or 0,
        "workspace_id": workspace_id,
        "data_mode": codes.DATA_MODE[data_mode],
        "owner_id": -1 if owner_id is None else owner_id,
    }
    await _add(tx, Selection(params, is_deletion=True))
    count = await tx.execute(_delete(), params)
    scope = {"workspace_id": workspace_id, "data_mode": params["data_mode"]}
    for table in (*CELLS.values(), *LATENCY_CELLS.values()):
        await tx.execute(cells.delete_empty(table), scope)
    for table in HISTOGRAMS.values():
        await tx.execute(histograms.delete_empty(table), scope)
    return count


async def to_seal(tx: Transaction, now: int) -> list[int]:
    """The workspaces with hours or days that are over and not sealed."""
    return [sealed.workspace_id for sealed in await _sealed(tx) if _is_behind(sealed, now)]


async def seal(tx: Transaction, workspace_id: int, now: int) -> bool:
    """One bounded step of a workspace.

    Whether more is to do. Raises SumOverflowError (nothing is lost by waiting).
    """
    (sealed,) = [sealed for sealed in await _sealed(tx) if sealed.workspace_id == workspace_id]
    hours_end, days_end = _over(sealed, now)
    is_behind = False
    if sealed.hours < hours_end:
        is_behind |= await _seal_hours(tx, sealed, hours_end)
    if sealed.days < days_end:
        is_behind |= await _seal_day(tx, sealed, days_end)
    return is_behind


def _is_behind(sealed: _Sealed, now: int) -> bool:
    hours_end, days_end = _over(sealed, now)
    return sealed.hours < hours_end or sealed.days < days_end


def _over(sealed: _Sealed, now: int) -> tuple[int, int]:
    """Up to which quarters hours and days are over, some grace included."""
    over = now - _SEAL_GRACE_MS
    return over // HOUR_MS * 4, midnight(local_date(over, sealed.zone), sealed.zone) // QUARTER_MS


async def _seal_hours(tx: Transaction, sealed: _Sealed, until: int) -> bool:
    start = await _first_quarter(tx, sealed.workspace_id, sealed.hours, until)
    start -= start % 4
    end = min(until, start + _SEAL_QUARTERS_MAX)
    await _seal(tx, sealed.workspace_id, "hour", start, end)
    await tx.execute(_set_hours(), {"workspace_key": sealed.workspace_id, "quarter": end})
    return end < until


async def _seal_day(tx: Transaction, sealed: _Sealed, until: int) -> bool:
    start = await _first_quarter(tx, sealed.workspace_id, sealed.days, until)
    if start < until:
        start, end = _day_of(start, sealed.zone)
        await _seal(tx, sealed.workspace_id, "day", start, end)
    else:
        end = until
    await tx.execute(_set_days(), {"workspace_key": sealed.workspace_id, "quarter": end})
    return end < until


async def _seal(tx: Transaction, workspace_id: int, grain: str, start: int, end: int) -> None:
    params = {"workspace_id": workspace_id, "start": start, "end": end}
    for family, is_latency in _tables():
        if is_latency:
            await histograms.seal(tx, family, grain, params)
        else:
            await tx.execute(cells.seal_cells(family, grain), params)


async def _first_quarter(tx: Transaction, workspace_id: int, start: int, until: int) -> int:
    """The first quarter at or after `start` that has a cell, at most `until`: empty time is not walked."""
    params = {"workspace_id": workspace_id, "start": start, "end": until}
    found: list[int] = [row[0] for row in await tx.fetch(_quarters(), params) if row[0] is not None]
    return min([until, *found])


async def _add(tx: Transaction, selection: Selection) -> None:
    """Add (or take away) the selected events in every grain they belong to."""
    for family, is_latency in _tables():
        await tx.execute(_adding(family, "quarter", is_latency, selection), selection.params)
    for sealed, low, high in await _late(tx, selection):
        await _add_late(tx, selection, "hour", sealed, (0, sealed.hours))
        for day in _days(low, min(high + 1, sealed.days), sealed.zone):
            await _add_late(tx, selection, "day", sealed, day)


async def _add_late(
    tx: Transaction, selection: Selection, grain: str, sealed: _Sealed, quarters: tuple[int, int]
) -> None:
    """Add what is selected of a workspace's quarters to cells that are sealed: hours, or one day."""
    place = {"workspace_id": sealed.workspace_id, "start": quarters[0], "end": quarters[1]}
    params = selection.params | place
    for family, is_latency in _tables():
        if is_latency:
            await histograms.add_events(tx, family, grain, params, is_deletion=selection.is_deletion)
        else:
            await tx.execute(_adding(family, grain, is_latency, selection), params)


def _adding(family: Family, grain: str, is_latency: bool, selection: Selection) -> Executable:  # noqa: FBT001
    return cells.add_events(family, grain, is_latency=is_latency, is_deletion=selection.is_deletion)


async def _late(tx: Transaction, selection: Selection) -> list[tuple[_Sealed, int, int]]:
    """The workspaces whose selected events fall into sealed time, with their first and last quarter."""
    extents = {
        row[0]: row[1:] for row in await tx.fetch(_quarters_of(selection.is_deletion), selection.params)
    }
    return [
        (sealed, *extents[sealed.workspace_id])
        for sealed in await _sealed(tx)
        if sealed.workspace_id in extents and extents[sealed.workspace_id][0] < max(sealed.hours, sealed.days)
    ]


async def _sealed(tx: Transaction) -> list[_Sealed]:
    return [_Sealed(row[0], ZoneInfo(row[1]), row[2], row[3]) for row in await tx.fetch(_sealed_of_all())]


def _day_of(quarter: int, zone: ZoneInfo) -> tuple[int, int]:
    """The first quarter of the local day that holds `quarter`, and of the next day."""
    day = local_date(quarter * QUARTER_MS, zone)
    start = midnight(day, zone)
    following = day + timedelta(days=1)
    while midnight(following, zone) <= start:  # a day that the zone skipped
        following += timedelta(days=1)
    return start // QUARTER_MS, midnight(following, zone) // QUARTER_MS


def _days(start: int, end: int, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """The local days, as quarters, that begin before `end` and end after `start`."""
    while start < end:
        day = _day_of(start, zone)
        yield day
        start = day[1]


def _tables() -> list[tuple[Family, bool]]:
    """(family, is it the latency table) of every rollup."""
    return [
        (f, is_latency)
        for f, is_latency in product(FAMILIES, (False, True))
        if f.has_latency or not is_latency
    ]


@cache
def _pending() -> Executable:
    waiting = select(pending.c.first_id, pending.c.last_id).where(pending.c.is_stuck == number(0))
    return waiting.order_by(pending.c.first_id).limit(number(_RANGES_MAX))


@cache
def _done() -> Executable:
    return delete(pending).where(
        pending.c.first_id.between(integer("first_id"), integer("last_id")), pending.c.is_stuck == number(0)
    )


@cache
def _stuck() -> Executable:
    chosen = pending.c.first_id.between(integer("first_id"), integer("last_id"))
    return update(pending).where(chosen).values(is_stuck=number(1))


@cache
def _extent() -> Executable:
    row = usage_event.c
    ids = func.min(row.request_id), func.max(row.request_id)
    return select(*ids).where(row.workspace_id == integer("workspace_id"))


@cache
def _delete() -> Executable:
    return delete(usage_event).where(*cells.chosen_to_delete())


@cache
def _quarters_of(is_deletion: bool) -> Executable:  # noqa: FBT001
    row = usage_event.c
    quarter = cells.quarter_of_event()
    extent = select(row.workspace_id, func.min(quarter), func.max(quarter))
    return extent.where(*cells.chosen(is_deletion=is_deletion)).group_by(row.workspace_id)


@cache
def _sealed_of_all() -> Executable:
    row = workspace.c
    return select(row.id, row.timezone, row.hours_sealed_quarter, row.days_sealed_quarter)


@cache
def _quarters() -> Executable:
    """The first quarter with a cell in [start, end) of each data mode and environment.

    One step in the key each.
    """
    row = CELLS["model", "quarter"].c
    firsts: list[Any] = []
    for mode, environment in product(codes.DATA_MODE.values(), codes.ENVIRONMENT.values()):
        firsts.append(
            select(func.min(row.quarter)).where(
                row.workspace_id == integer("workspace_id"),
                row.data_mode == number(mode),
                row.environment == number(environment),
                row.quarter >= integer("start"),
                row.quarter < integer("end"),
            )
        )
    return union_all(*firsts)


@cache
def _set_hours() -> Executable:
    sealed = {"hours_sealed_quarter": integer("quarter")}
    return update(workspace).where(workspace.c.id == integer("workspace_key")).values(sealed)


@cache
def _set_days() -> Executable:
    sealed = {"days_sealed_quarter": integer("quarter")}
    return update(workspace).where(workspace.c.id == integer("workspace_key")).values(sealed)


@cache
def add_pending() -> Executable:
    """Note a range of ids as stored and not folded yet."""
    values = {"first_id": integer("first_id"), "last_id": integer("last_id"), "is_stuck": number(0)}
    return upsert(pending).values(values)
