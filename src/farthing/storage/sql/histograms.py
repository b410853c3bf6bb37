"""Latency histograms of local days: made when a day is sealed, changed when events come late or go.

A day's histogram is one packed value, so adding to it means reading it; that happens once a day and for late
events. Thirty days of thirty models are then a few thousand values, where a row for each bin made 400,000.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Executable, Select, Text, bindparam, cast, delete, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from farthing.rules.latency import pack
from farthing.storage.sql.cells import chosen, each_scope, integer, number, quarter_of_event
from farthing.storage.sql.schema import CELL_KEY, LATENCY_CELLS, LATENCY_DAYS, Family, usage_event
from farthing.storage.sql.transaction import Params, Rows, Transaction


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


async def seal_day(tx: Transaction, family: Family, params: Params) -> None:
    """Make the histograms of a workspace's local day, the quarters [start, end), from its quarter cells."""
    rows = await tx.fetch(_of_quarters(family), params)
    await _add(tx, family, params["start"], rows, 1)


async def add_to_day(tx: Transaction, family: Family, params: Params, *, is_deletion: bool) -> None:
    """Add the chosen events of a workspace's local day (see cells.add_events), or take them away."""
    rows = await tx.fetch(_of_events(family, is_deletion), params)
    await _add(tx, family, params["start"], rows, -1 if is_deletion else 1)


async def _add(tx: Transaction, family: Family, start: int, rows: Rows, sign: int) -> None:
    for *key, text in rows:
        names = ("workspace_id", "data_mode", "environment", *family.keys)
        place = {f"key_{name}": value for name, value in zip(names, key, strict=True)} | {
            "key_quarter": start
        }
        found = await tx.fetch(_histogram(family), place)
        before = from_bytes(found[0][0]) if found else 0
        after = before + sign * pack(_counts(text))
        await tx.execute(_keep(family), {**place, "histogram": to_bytes(after)})


def _counts(text: str) -> list[tuple[int, int]]:
    """From "57:3,58:1" to (bin, count)."""
    pairs = (pair.split(":") for pair in text.split(","))
    return [(int(number), int(count)) for number, count in pairs]


def to_bytes(packed: int) -> bytes:
    """A packed histogram as it is stored; nothing for an empty one."""
    return packed.to_bytes((packed.bit_length() + 7) // 8, "little")


def from_bytes(stored: bytes) -> int:
    """A stored histogram, packed."""
    return int.from_bytes(stored, "little")


@cache
def _of_quarters(family: Family) -> Executable:
    fine = LATENCY_CELLS[family.name, "quarter"].c
    key = [fine[column] for column in ("workspace_id", "data_mode", "environment", *family.keys)]
    counts = (
        select(*key, fine.latency_bin, func.sum(fine.event_count).label("event_count"))
        .where(*each_scope(fine), fine.quarter >= integer("start"), fine.quarter < integer("end"))
        .group_by(*key, fine.latency_bin)
    )
    return _as_text(counts, family)


@cache
def _of_events(family: Family, is_deletion: bool) -> Executable:  # noqa: FBT001
    row = usage_event.c
    quarter = quarter_of_event()
    key = [row[column] for column in ("workspace_id", "data_mode", "environment", *family.keys)]
    counts = (
        select(*key, row.latency_bin, func.count().label("event_count"))
        .where(*chosen(is_deletion=is_deletion), row.latency_bin.is_not(None))
        .where(row.workspace_id + number(0) == integer("workspace_id"))
        .where(quarter >= integer("start"), quarter < integer("end"))
        .group_by(*key, row.latency_bin)
    )
    return _as_text(counts, family)


def _as_text(counts: Select[Any], family: Family) -> Executable:
    """One row a key, with its bins as text: fewer rows to hand over than a row a bin."""
    bins = counts.subquery("bins").c
    key = [bins[column] for column in ("workspace_id", "data_mode", "environment", *family.keys)]
    pair = cast(bins.latency_bin, Text) + literal_column("':'", Text) + cast(bins.event_count, Text)
    return select(*key, _joined(pair)).group_by(*key)


def _key(family: Family) -> list[str]:
    return [*CELL_KEY, *family.keys]


@cache
def _histogram(family: Family) -> Executable:
    cells = LATENCY_DAYS[family.name].c
    return select(cells.histogram).where(*(cells[name] == integer(f"key_{name}") for name in _key(family)))


@cache
def _keep(family: Family) -> Executable:
    cells = LATENCY_DAYS[family.name]
    values: dict[str, Any] = {name: integer(f"key_{name}") for name in _key(family)}
    insert = upsert(cells).values(
        values | {"histogram": bindparam("histogram", type_=cells.c.histogram.type)}
    )
    return insert.on_conflict_do_update(
        index_elements=_key(family), set_={"histogram": insert.excluded.histogram}
    )


@cache
def delete_empty(family: Family) -> Executable:
    """Remove the workspace's histograms of a data mode that count nothing any more."""
    cells = LATENCY_DAYS[family.name]
    return delete(cells).where(
        cells.c.workspace_id == integer("workspace_id"),
        cells.c.data_mode == integer("data_mode"),
        func.length(cells.c.histogram) == number(0),
    )
