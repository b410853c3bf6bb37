"""Latency histograms of hours, days, months: added to when time is sealed, and when events come late or go.

Each is one packed value, so adding to it means reading it; that happens once an hour, and for late
events. Thirty days of thirty models are then a few thousand values, where a row for each bin made 400,000.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Executable,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from farthing.rules.latency import FIELD_BITS, pack
from farthing.storage.sql.cells import (
    cell_of,
    chosen_between,
    each_scope,
    integer,
    one_mode,
    quarter_of_event,
)
from farthing.storage.sql.given_rows import given, rows
from farthing.storage.sql.schema import CELL_KEY, HISTOGRAMS, LATENCY_CELLS, Family, usage_event
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Params, Rows, Transaction

_FIELD: Final = FIELD_BITS // 8


class _joined(FunctionElement[str]):  # noqa: N801 - used like func.name
    """The texts of a group with commas between them.

    (SQLAlchemy's own function of this kind takes the comma as a value, which is not part of compiled text.)
    """

    type = Text()
    inherit_cache = True


@compiles(_joined)
def _string_agg(element: _joined, compiler: Any, **more: Any) -> str:
    return f"string_agg({compiler.process(element.clauses, **more)}, ',')"


@compiles(_joined, "sqlite")
def _group_concat(element: _joined, compiler: Any, **more: Any) -> str:
    return f"group_concat({compiler.process(element.clauses, **more)}, ',')"


async def seal(tx: Transaction, family: Family, grain: str, params: Params) -> None:
    """Add a workspace's quarter cells in [start, end) to its hours, or to the day or month at `cell`."""
    await _add(tx, family, grain, await tx.fetch(_of_quarters(family, grain), params))


async def expected(tx: Transaction, family: Family, grain: str, params: Params) -> dict[tuple[int, ...], int]:
    """What the histograms of [start, end) should hold, packed, by key: what their quarters do."""
    return {tuple(key): _packed(text) for *key, text in await tx.fetch(_of_quarters(family, grain), params)}


async def stored(tx: Transaction, family: Family, grain: str, params: Params) -> dict[tuple[int, ...], int]:
    """What they do hold: those of the hours in [start, end), or of the day or month at `cell`."""
    return {tuple(key): from_bytes(kept) for *key, kept in await tx.fetch(_in_span(family, grain), params)}


async def of_quarters(tx: Transaction, family: Family, params: Params) -> list[tuple[tuple[int, ...], int]]:
    """What a data mode's quarter cells in [start, end) hold, packed, by the key of the cell at `cell`."""
    return [(tuple(key), _packed(text)) for *key, text in await tx.fetch(_of_mode(family), params)]


async def add_events(tx: Transaction, family: Family, grain: str, params: Params) -> None:
    """Add the chosen events of a workspace in [start, end) (see cells.add_events)."""
    await _add(tx, family, grain, await tx.fetch(_of_events(family, grain), params))


async def _add(tx: Transaction, family: Family, grain: str, found: Rows) -> None:
    await add(tx, family, grain, {tuple(key): _packed(text) for *key, text in found})


async def add(tx: Transaction, family: Family, grain: str, changes: Mapping[tuple[int, ...], int]) -> None:
    """Add to histograms by their keys (CELL_KEY and the family's) what is given packed, or negative.

    One that counts nothing any more is gone.
    """
    if not changes:
        return
    names = [f"key_{name}" for name in _key(family)]
    found = {tuple(key): stored for *key, stored in await tx.fetch(_histograms(family, grain), rows(changes))}
    kept, gone = [], []
    for key, change in changes.items():
        place: dict[str, Any] = dict(zip(names, key, strict=True))
        after = from_bytes(found.get(key, b"")) + change
        if after:
            kept.append({**place, "histogram": to_bytes(after)})
        elif key in found:
            gone.append(place)
    if kept:
        await tx.execute_many(_keep(family, grain), kept)
    if gone:
        await tx.execute_many(_drop(family, grain), gone)


def statements(family: Family, grain: str) -> Iterator[Executable]:
    """What `of_quarters` and `add` run."""
    yield from (_of_mode(family), _histograms(family, grain), _keep(family, grain), _drop(family, grain))


def _packed(text: str) -> int:
    """From "57:3,58:1": calls by bin."""
    pairs = (pair.split(":") for pair in text.split(","))
    return sum(pack(int(number), int(count)) for number, count in pairs)


def to_bytes(packed: int) -> bytes:
    """A packed histogram as it is stored; nothing for an empty one.

    Two bytes tell the width of a count in bytes and the first bin; then come the counts of all bins from
    there on, as narrow as the largest allows. Most hours of most endpoints hold a few calls, which then take
    a byte a bin instead of six.
    """
    if not packed:
        return b""
    first = ((packed & -packed).bit_length() - 1) // FIELD_BITS
    packed >>= first * FIELD_BITS
    fields = packed.to_bytes(-(-packed.bit_length() // FIELD_BITS) * _FIELD, "little")
    nothing = bytes(len(fields) // _FIELD)
    width = next(width for width in range(_FIELD, 0, -1) if fields[width - 1 :: _FIELD] != nothing)
    stored = bytearray(len(nothing) * width)
    for place in range(width):
        stored[place::width] = fields[place::_FIELD]
    return bytes((width, first)) + stored


@lru_cache(maxsize=8192)
def from_bytes(stored: bytes) -> int:
    """A stored histogram, packed. Remembered, as most of what a page reads is what it read before."""
    if not stored:
        return 0
    width, first = stored[0], stored[1]
    counts = stored[2:]
    fields = bytearray(len(counts) // width * _FIELD)
    for place in range(width):
        fields[place::_FIELD] = counts[place::width]
    return int.from_bytes(fields, "little") << (first * FIELD_BITS)


@cache
def _of_quarters(family: Family, grain: str) -> Executable:
    fine = LATENCY_CELLS[family.name].c
    conditions = [*each_scope(fine), fine.quarter >= integer("start"), fine.quarter < integer("end")]
    return _as_text(family, grain, fine, fine.quarter, func.sum(fine.event_count), conditions)


@cache
def _of_mode(family: Family) -> Executable:
    fine = LATENCY_CELLS[family.name].c
    conditions = [*one_mode(fine), fine.quarter >= integer("start"), fine.quarter < integer("end")]
    return _as_text(family, "day", fine, fine.quarter, func.sum(fine.event_count), conditions)


@cache
def _of_events(family: Family, grain: str) -> Executable:
    row, quarter = usage_event.c, quarter_of_event()
    conditions = [*chosen_between(), row.latency_bin.is_not(None)]
    return _as_text(family, grain, row, quarter, func.count(), conditions)


def _as_text(
    family: Family,
    grain: str,
    columns: Any,
    quarter: ColumnElement[int],
    count: ColumnElement[Any],
    conditions: list[ColumnElement[bool]],
) -> Executable:
    """One row a key, with its bins as text: fewer rows to hand over than a row a bin."""
    cell = cell_of(quarter, grain)
    key = [cell.label("quarter") if name == "quarter" else columns[name] for name in _key(family)]
    grouped = [columns[name] for name in (*_key(family), "latency_bin") if name != "quarter"]
    grouped += [] if grain in ("day", "month") else [cell]
    counts = (
        select(*key, columns.latency_bin, count.label("event_count")).where(*conditions).group_by(*grouped)
    )
    bins = counts.subquery("bins").c
    pair = cast(bins.latency_bin, Text) + literal_column("':'", Text) + cast(bins.event_count, Text)
    names = [bins[name] for name in _key(family)]
    return select(*names, _joined(pair)).group_by(*names)


def _key(family: Family) -> list[str]:
    return [*CELL_KEY, *family.keys]


@cache
def _histograms(family: Family, grain: str) -> Executable:
    """Those of the given keys."""
    cells, key = HISTOGRAMS[family.name, grain].c, _key(family)
    wanted = given(key).c
    found = select(*(cells[name] for name in key), cells.histogram)
    found = found.where(*(cells[name] == wanted[name] for name in key))
    return across_workspaces(found, "the keys that are given name their workspace")


@cache
def _in_span(family: Family, grain: str) -> Executable:
    cells = HISTOGRAMS[family.name, grain].c
    if grain in ("day", "month"):
        here = [cells.quarter == integer("cell")]
    else:
        here = [cells.quarter >= integer("start"), cells.quarter < integer("end")]
    return select(*(cells[name] for name in _key(family)), cells.histogram).where(*each_scope(cells), *here)


@cache
def _drop(family: Family, grain: str) -> Executable:
    cells = HISTOGRAMS[family.name, grain]
    return delete(cells).where(*(cells.c[name] == integer(f"key_{name}") for name in _key(family)))


@cache
def _keep(family: Family, grain: str) -> Executable:
    cells = HISTOGRAMS[family.name, grain]
    values: dict[str, Any] = {name: integer(f"key_{name}") for name in _key(family)}
    insert = upsert(cells).values(
        values | {"histogram": bindparam("histogram", type_=cells.c.histogram.type)}
    )
    return insert.on_conflict_do_update(
        index_elements=_key(family), set_={"histogram": insert.excluded.histogram}
    )
