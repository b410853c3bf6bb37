"""Correcting rollups for events that are there and have another price, or another model, than before.

What an event adds to a cell's counts and tokens never changes. So all families take differences of cost and
of what is unpriced; only cells by model are left, and entered, by events that have become another model's.
The differences of many events are added up here first: a cell costs one change, whatever comes into it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import compress
from operator import add, itemgetter, sub
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, Table, delete, func, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.reports.facts import SUMS
from farthing.rules.latency import pack
from farthing.storage.sql import codes, histograms
from farthing.storage.sql.cells import fact_of_event, integer, number, quarter_of_event
from farthing.storage.sql.copy_notes import note_rows
from farthing.storage.sql.given_rows import given, rows
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import (
    CELL_KEY,
    CELLS,
    FAMILIES,
    GRAINS,
    HISTOGRAMS,
    LATENCY_CELLS,
    PRICING,
    Family,
    pending,
    usage_event,
    workspace,
)
from farthing.storage.sql.spans import Sealed, cell_of
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

Values = tuple[int | None, ...]
"""Values of PRICING of one event, in that order."""
Cell = tuple[int, ...]
"""What follows `workspace_id` in the key of a cell."""

_CORRECTED: Final = ("cost_picousd", "unpriced_request_count", "unpriced_token_count")
_BY_MODEL: Final = next(family for family in FAMILIES if "model" in family.dimensions)
_REFS: Final = tuple(dict.fromkeys(column for family in FAMILIES for column in family.keys))
_PLACE: Final = ("data_mode", "environment", "quarter", *_REFS)
_QUARTER: Final = _PLACE.index("quarter")
_MODEL: Final = PRICING.index("model_ref")
_COST, _STATUS, _TOKENS = (
    PRICING.index(name) for name in ("cost_picousd", "pricing_status", "unpriced_tokens")
)
_CELL_OF: Final = {
    family.name: itemgetter(*(_PLACE.index(name) for name in (*CELL_KEY[1:], *family.keys)))
    for family in FAMILIES
}
"""From the values of _PLACE to the cell of a family."""


class Found(NamedTuple):
    """An event as it is stored: the values of _PLACE, which say in what cells it is, and those of PRICING."""

    request_id: int
    place: tuple[int, ...]
    latency_bin: int | None
    values: Values


async def stored(tx: Transaction, workspace_id: int, request_ids: Sequence[int]) -> list[Found]:
    """Those of the events that are there (still), by id."""
    params = {"workspace_id": workspace_id, "request_ids": list(request_ids)}
    end = 1 + len(_PLACE)
    return [Found(row[0], row[1:end], row[end], row[end + 1 :]) for row in await tx.fetch(_stored(), params)]


async def facts_of(tx: Transaction, workspace_id: int, request_ids: Sequence[int]) -> dict[int, list[int]]:
    """What events add to SUMS as they are now, by request id."""
    params = {"workspace_id": workspace_id, "request_ids": list(request_ids)}
    return {request_id: facts for request_id, *facts in await tx.fetch(_facts(), params)}


def cell_of_event(family: Family, place: Sequence[int]) -> Cell:
    """The quarter cell of a family that an event with these values of _PLACE is in."""
    cell: Cell = _CELL_OF[family.name](place)
    return cell


async def correct(
    tx: Transaction, workspace_id: int, events: Sequence[Found], after: dict[int, Values]
) -> None:
    """Give events the PRICING values of `after`, by request id, and correct what they add to the rollups.

    Raises SumOverflowError when a sum would leave its cell.
    """
    await note_rows(tx, workspace_id, [event.request_id for event in events])
    changed = ((event.request_id, *after[event.request_id]) for event in events)
    await tx.execute(_set_pricing(), {**rows(changed), "workspace_id": workspace_id})
    in_cells = await folded(tx, events)
    sealed = await sealed_of(tx, workspace_id)
    gained = [(event, _gained(event.values, after[event.request_id])) for event in in_cells]
    moved = [event for event in in_cells if _is_moved(event, after)]
    staying = [(event, gain) for event, gain in gained if not _is_moved(event, after)] if moved else gained
    for family in FAMILIES:
        gains = _by_cell(family, staying if family == _BY_MODEL else gained)
        await correct_cells(tx, workspace_id, family, _CORRECTED, by_grain(gains, sealed))
    if moved:
        await _move(tx, workspace_id, moved, after, sealed)


async def folded(tx: Transaction, events: Sequence[Found]) -> list[Found]:
    """The events that rollups hold: reads add the others row by row."""
    if not events:
        return []
    ids = [event.request_id for event in events]
    ranges = await tx.fetch(_pending(), {"first_id": min(ids), "last_id": max(ids)})
    firsts = [first for first, _ in ranges]

    def isfolded(request_id: int) -> bool:
        place = bisect_right(firsts, request_id) - 1
        return place < 0 or ranges[place][1] < request_id

    return [event for event in events if isfolded(event.request_id)]


async def sealed_of(tx: Transaction, workspace_id: int) -> Sealed:
    """How far a workspace is sealed."""
    ((timezone, until),) = await tx.fetch(_sealed_row(), {"workspace_id": workspace_id})
    return Sealed(until, ZoneInfo(timezone))


def _gained(old: Values, new: Values) -> tuple[int, int, int]:
    """What an event adds more to _CORRECTED."""
    return (
        (new[_COST] or 0) - (old[_COST] or 0),
        (new[_STATUS] != codes.PRICED) - (old[_STATUS] != codes.PRICED),
        (new[_TOKENS] or 0) - (old[_TOKENS] or 0),
    )


def _is_moved(event: Found, after: dict[int, Values]) -> bool:
    """Whether an event becomes another model's."""
    return after[event.request_id][_MODEL] != event.values[_MODEL]


def _by_cell(family: Family, gained: Sequence[tuple[Found, tuple[int, int, int]]]) -> dict[Cell, list[int]]:
    """What the quarter cells of a family gain of _CORRECTED."""
    gains: dict[Cell, list[int]] = {}
    cell_of_event = _CELL_OF[family.name]
    for event, (cost, unpriced, tokens) in gained:
        cell = cell_of_event(event.place)
        gain = gains.get(cell)
        if gain is None:
            gains[cell] = [cost, unpriced, tokens]
        else:
            gain[0] += cost
            gain[1] += unpriced
            gain[2] += tokens
    return gains


def by_grain(gains: dict[Cell, list[int]], sealed: Sealed) -> Iterator[tuple[str, dict[Cell, list[int]]]]:
    """The same gains for each grain that holds them: coarser cells hold sealed time only."""
    yield "quarter", gains
    finer = {cell: gain for cell, gain in gains.items() if cell[_QUARTER] < sealed.until}
    for grain in GRAINS[1:]:
        quarters = {cell[_QUARTER] for cell in finer}
        firsts = {quarter: cell_of(quarter, grain, sealed.zone) for quarter in quarters}
        coarse: dict[Cell, list[int]] = {}
        for cell, gain in finer.items():
            key = (*cell[:_QUARTER], firsts[cell[_QUARTER]], *cell[_QUARTER + 1 :])
            before = coarse.get(key)
            coarse[key] = gain if before is None else list(map(add, before, gain))
        yield grain, coarse


async def correct_cells(
    tx: Transaction,
    workspace_id: int,
    family: Family,
    facts: tuple[str, ...],
    gains: Iterator[tuple[str, dict[Cell, list[int]]]],
) -> None:
    """Add to cells that are there, and of `facts` only what changes: most often that is the cost alone."""
    for grain, cells in gains:
        changed = [any(column) for column in zip(*cells.values(), strict=True)]
        names = tuple(compress(facts, changed))
        if names:
            given_rows = rows(
                (workspace_id, *cell, *compress(gain, changed)) for cell, gain in sorted(cells.items())
            )
            await tx.execute(correction(CELLS[family.name, grain], names), given_rows)


async def gain(
    tx: Transaction,
    workspace_id: int,
    family: Family,
    facts: tuple[str, ...],
    gains: Iterator[tuple[str, dict[Cell, list[int]]]],
) -> None:
    """Add to cells of which some may have to be made."""
    for grain, cells in gains:
        if cells:
            given_rows = rows((workspace_id, *cell, *gain) for cell, gain in sorted(cells.items()))
            await tx.execute(_gain(CELLS[family.name, grain], facts), given_rows)


async def _move(
    tx: Transaction, workspace_id: int, events: Sequence[Found], after: dict[int, Values], sealed: Sealed
) -> None:
    """Take events out of the cells of one model and into those of another, all that they add."""
    added = await facts_of(tx, workspace_id, [event.request_id for event in events])
    gains: dict[Cell, list[int]] = defaultdict(lambda: [0] * len(SUMS))
    bins: dict[Cell, int] = defaultdict(int)
    left: set[Cell] = set()
    for event in events:
        model_ref = after[event.request_id][_MODEL]
        old, new = _cells_by_model(event, model_ref)
        now = added[event.request_id]  # the row has its new price already: what was taken in is rebuilt
        was = _with_pricing(now, event.values)
        left.add(old)
        gains[old] = list(map(sub, gains[old], was))
        gains[new] = list(map(add, gains[new], now))
        if event.latency_bin is not None:
            bins[(*old, event.latency_bin)] -= 1
            bins[(*new, event.latency_bin)] += 1
    await gain(tx, workspace_id, _BY_MODEL, SUMS, by_grain(gains, sealed))
    await move_latency(tx, workspace_id, _BY_MODEL, bins, sealed)
    await drop_empty(tx, workspace_id, _BY_MODEL, left, sealed)


def _cells_by_model(event: Found, model_ref: int | None) -> tuple[Cell, Cell]:
    """The quarter cells that an event leaves and enters."""
    place = list(event.place)
    place[_PLACE.index("model_ref")] = model_ref or 0
    cell_of_event = _CELL_OF[_BY_MODEL.name]
    return cell_of_event(event.place), cell_of_event(place)


def _with_pricing(facts: Sequence[int], values: Values) -> list[int]:
    """What an event added to SUMS when it had these PRICING values, from what it adds now."""
    named = dict(zip(SUMS, facts, strict=True)) | {
        "cost_picousd": values[_COST] or 0,
        "unpriced_request_count": int(values[_STATUS] != codes.PRICED),
        "unpriced_token_count": values[_TOKENS] or 0,
    }
    return [named[fact] for fact in SUMS]


async def move_latency(
    tx: Transaction, workspace_id: int, family: Family, bins: dict[Cell, int], sealed: Sealed
) -> None:
    """Quarters keep a row for each bin, coarser cells one packed histogram."""
    moved = {cell: count for cell, count in bins.items() if count}
    if not moved:
        return
    given_rows = rows((workspace_id, *cell, count) for cell, count in moved.items())
    await tx.execute(_gain(LATENCY_CELLS[family.name], ("event_count",)), given_rows)
    packed: dict[Cell, list[int]] = defaultdict(lambda: [0])
    for (*cell, latency_bin), count in moved.items():
        packed[tuple(cell)][0] += pack(latency_bin, count)
    for grain, cells in by_grain(packed, sealed):
        if grain != "quarter":
            changes = {(workspace_id, *cell): gain for cell, (gain,) in cells.items()}
            await histograms.add(tx, family, grain, changes)


async def drop_empty(
    tx: Transaction, workspace_id: int, family: Family, left: set[Cell], sealed: Sealed
) -> None:
    """Remove the cells that events have left and that count nothing any more."""
    for grain, cells in by_grain({cell: [] for cell in left}, sealed):
        keys = [_named(family, (workspace_id, *cell)) for cell in cells]
        for table, count in _tables_of(family, grain):
            await tx.execute_many(_drop(table, family, count), keys)


def _tables_of(family: Family, grain: str) -> list[tuple[Table, str]]:
    """The tables of a family and grain, each with the column that is 0 (or empty) in an empty cell."""
    tables = [(CELLS[family.name, grain], "request_count")]
    if family.has_latency and grain == "quarter":
        tables.append((LATENCY_CELLS[family.name], "event_count"))
    elif family.has_latency:
        tables.append((HISTOGRAMS[family.name, grain], "histogram"))
    return tables


def _named(family: Family, key: Cell) -> dict[str, int]:
    return {f"key_{name}": value for name, value in zip((*CELL_KEY, *family.keys), key, strict=True)}


@cache
def _stored() -> Executable:
    row = usage_event.c
    place = [quarter_of_event() if name == "quarter" else row[name] for name in _PLACE]
    return select(row.request_id, *place, row.latency_bin, *(row[name] for name in PRICING)).where(
        row.workspace_id + number(0) == integer("workspace_id"), among(row.request_id, "request_ids")
    )


@cache
def _facts() -> Executable:
    row = usage_event.c
    return select(row.request_id, *(fact_of_event(fact) for fact in SUMS)).where(
        row.workspace_id + number(0) == integer("workspace_id"), among(row.request_id, "request_ids")
    )


@cache
def _pending() -> Executable:
    row = pending.c
    overlapping = row.first_id <= integer("last_id"), row.last_id >= integer("first_id")
    return select(row.first_id, row.last_id).where(*overlapping).order_by(row.first_id)


@cache
def _sealed_row() -> Executable:
    row = workspace.c
    return select(row.timezone, row.sealed_quarter).where(row.id == integer("workspace_id"))


@cache
def _set_pricing() -> Executable:
    new = given(("request_id", *PRICING)).c
    row = usage_event.c
    mine = row.request_id == new.request_id, row.workspace_id + number(0) == integer("workspace_id")
    return update(usage_event).where(*mine).values({n: new[n] for n in PRICING})


@lru_cache
def correction(cells: Table, facts: tuple[str, ...]) -> Executable:
    """Add the given rows to the cells of their keys.

    The whole key is given: with the workspace as a parameter of its own, SQLite would look at all its cells.
    """
    key = [column.name for column in cells.primary_key]
    new = given((*key, *facts)).c
    same = [cells.c[name] == new[name] for name in key]
    added = update(cells).where(*same).values({fact: cells.c[fact] + new[fact] for fact in facts})
    return across_workspaces(added, "the rows that are given name their workspace")


@lru_cache
def _gain(cells: Table, facts: tuple[str, ...]) -> Executable:
    """Add the given rows to the cells of their keys, making those that are not there."""
    key = [column.name for column in cells.primary_key]
    names = [*key, *facts]
    new = given(names).c
    insert = upsert(cells).from_select(names, select(*(new[name] for name in names)).where(true()))
    return insert.on_conflict_do_update(
        index_elements=key, set_={fact: cells.c[fact] + insert.excluded[fact] for fact in facts}
    )


@lru_cache
def _drop(table: Table, family: Family, count: str) -> Executable:
    key = [table.c[name] == integer(f"key_{name}") for name in (*CELL_KEY, *family.keys)]
    value = func.length(table.c[count]) if count == "histogram" else table.c[count]
    return delete(table).where(*key, value == number(0))
