"""When events change rollups: fold (events to quarters), seal (quarters to hours, days, months).

Two steps, one law: the coarser cells of a workspace hold all folded events before its sealed quarter and
none after it, so a read adds what is not folded and takes what is not sealed from quarters. Events that come
late, for time that is sealed, are added to all grains when they are folded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, delete, func, select, union_all, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.periods import HOUR_MS
from farthing.storage.sql import cells, codes, histograms, retention
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema import (
    CELLS,
    FAMILIES,
    Family,
    pending,
    usage_event,
    workspace,
)
from farthing.storage.sql.spans import SEALED_GRAINS, Range, Sealed, cells_at, cells_in
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Params, Transaction

_RANGES_MAX: Final = 4_096
_SEAL_GRACE_MS: Final = 15 * 60 * 1000
"""An hour is sealed this long after its end: most late events have come by then."""
_SEAL_QUARTERS_MAX: Final = 4
"""How much time is sealed in one transaction: the writer waits for it, and months may have to catch up."""


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
    await _add(tx, span)
    await tx.execute(_done(), span)


async def rehearse(tx: Transaction) -> None:
    """Fold and seal nothing, so that all statements are made ready.

    Making them takes some 70 ms in all, which would otherwise hold up the first events that come.
    """
    await fold_range(tx, 0, 0)
    for grain in SEALED_GRAINS:
        await _seal(tx, 0, grain, 0, (0, 0))


async def set_aside(tx: Transaction, first: int, last: int) -> None:
    """Leave ranges pending for good whose sums do not fit into a cell: reads add them row by row."""
    await tx.execute(_stuck(), {"first_id": first, "last_id": last})


async def to_seal(tx: Transaction, now: int) -> list[int]:
    """The workspaces with hours that are over and not sealed."""
    over = _over(now)
    return [workspace_id for workspace_id, sealed in await _sealed(tx) if sealed.until < over]


async def seal(tx: Transaction, workspace_id: int, now: int) -> bool:
    """One bounded step of a workspace. Whether more is to do.

    Raises SumOverflowError (nothing is lost by waiting).
    """
    (sealed,) = [sealed for id_, sealed in await _sealed(tx) if id_ == workspace_id]
    over = _over(now)
    start = await _first_quarter(tx, workspace_id, sealed.until, over)
    start -= start % 4
    end = min(over, start + _SEAL_QUARTERS_MAX)
    for grain in SEALED_GRAINS:
        for cell, quarters in _places(grain, (start, end), sealed.zone):
            await _seal(tx, workspace_id, grain, cell, quarters)
    if end > sealed.until:  # another process may be ahead
        await tx.execute(_set_sealed(), {"workspace_key": workspace_id, "quarter": end})
    return end < over


def _over(now: int) -> int:
    """Up to which quarter hours are over, some grace included."""
    return (now - _SEAL_GRACE_MS) // HOUR_MS * 4


def _places(grain: str, quarters: Range, zone: ZoneInfo) -> Iterator[tuple[int, Range]]:
    """The cells that share the quarters, each with its share; hours at once: statements find their cells."""
    if grain == "hour":
        return iter([(0, quarters)])
    return cells_in(*quarters, grain, zone)


async def _seal(tx: Transaction, workspace_id: int, grain: str, cell: int, quarters: Range) -> None:
    params = _place(workspace_id, cell, quarters)
    for family, is_latency in _tables():
        if is_latency:
            await histograms.seal(tx, family, grain, params)
        else:
            await tx.execute(cells.seal_cells(family, grain), params)


def _place(workspace_id: int, cell: int, quarters: Range) -> dict[str, int]:
    return {"workspace_id": workspace_id, "cell": cell, "start": quarters[0], "end": quarters[1]}


async def _first_quarter(tx: Transaction, workspace_id: int, start: int, until: int) -> int:
    """The first quarter at or after `start` that has a cell, at most `until`: empty time is not walked."""
    params = {"workspace_id": workspace_id, "start": start, "end": until}
    found: list[int] = [row[0] for row in await tx.fetch(_quarters(), params) if row[0] is not None]
    return min([until, *found])


async def _add(tx: Transaction, chosen: Params) -> None:
    """Add the chosen events (see cells.chosen) in every grain they belong to."""
    for family, is_latency in _tables():
        await tx.execute(cells.add_events(family, "quarter", is_latency=is_latency), chosen)
    found = await _quarters_by_workspace(tx, chosen)
    await retention.note_late(tx, found, chosen["last_id"])
    for workspace_id, sealed, quarters in await _late(tx, found):
        whole = quarters[0], quarters[-1] + 1
        await _add_late(tx, chosen, "hour", _place(workspace_id, 0, whole))
        for grain in ("day", "month"):
            for cell, part in cells_at(quarters, grain, sealed.zone):
                await _add_late(tx, chosen, grain, _place(workspace_id, cell, part))


async def _add_late(tx: Transaction, chosen: Params, grain: str, place: dict[str, int]) -> None:
    """Add what is chosen of a workspace's sealed quarters to their hours, or to one day or month."""
    params = {**chosen, **place}
    for family, is_latency in _tables():
        if is_latency:
            await histograms.add_events(tx, family, grain, params)
        else:
            await tx.execute(cells.add_events(family, grain, is_latency=is_latency), params)


async def _quarters_by_workspace(tx: Transaction, chosen: Params) -> dict[int, list[int]]:
    """The quarters of the chosen events, ascending."""
    quarters: dict[int, list[int]] = defaultdict(list)
    for workspace_id, quarter in await tx.fetch(_quarters_of(), chosen):
        quarters[workspace_id].append(quarter)
    return quarters


async def _late(tx: Transaction, quarters: dict[int, list[int]]) -> list[tuple[int, Sealed, list[int]]]:
    """The workspaces that have some of their quarters in sealed time, with those."""
    if not quarters:
        return []
    late = [
        (workspace_id, sealed, [quarter for quarter in quarters[workspace_id] if quarter < sealed.until])
        for workspace_id, sealed in await _sealed(tx)
        if workspace_id in quarters
    ]
    return [(workspace_id, sealed, found) for workspace_id, sealed, found in late if found]


async def _sealed(tx: Transaction) -> list[tuple[int, Sealed]]:
    """How far each workspace is sealed."""
    return [
        (workspace_id, Sealed(until, ZoneInfo(timezone)))
        for workspace_id, timezone, until in await tx.fetch(_sealed_of_all())
    ]


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
def _quarters_of() -> Executable:
    workspace_id, quarter = usage_event.c.workspace_id, cells.quarter_of_event()
    chosen = select(workspace_id, quarter).where(*cells.chosen())
    chosen = chosen.distinct().order_by(workspace_id, quarter)
    return across_workspaces(chosen, "folds whatever is pending")


@cache
def _sealed_of_all() -> Executable:
    row = workspace.c
    every = select(row.id, row.timezone, row.sealed_quarter)
    return across_workspaces(every, "seals the hours of all")


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
def _set_sealed() -> Executable:
    sealed = {"sealed_quarter": integer("quarter")}
    return update(workspace).where(workspace.c.id == integer("workspace_key")).values(sealed)


@cache
def add_pending() -> Executable:
    """Note a range of ids as stored and not folded yet."""
    values = {"first_id": integer("first_id"), "last_id": integer("last_id"), "is_stuck": number(0)}
    return upsert(pending).values(values)
