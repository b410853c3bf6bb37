"""Whether cells are what rows say, and working them out anew.

Quarters are compared with rows that are folded, coarser cells with quarters. Where rows may have been
removed, quarters are all that is left, and are believed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from itertools import product
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Executable,
    Select,
    Table,
    case,
    delete,
    func,
    insert,
    select,
    union_all,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from farthing.reports.facts import SUMS
from farthing.rules.events import DATA_MODES
from farthing.rules.periods import QUARTER_MS
from farthing.rules.retention import Retention, latest
from farthing.storage.contract import CellFault, Grain, RowFault
from farthing.storage.sql import cells, codes, histograms, retention
from farthing.storage.sql.cells import (
    cell_of,
    each_scope,
    fact_of_event,
    integer,
    number,
    quarter_of_event,
)
from farthing.storage.sql.corrections import sealed_of
from farthing.storage.sql.doomed import between, is_folded
from farthing.storage.sql.schema import (
    CELLS,
    FAMILIES,
    HISTOGRAMS,
    LATENCY_CELLS,
    NAME_REFS,
    Family,
    name,
    rate_card,
    usage_event,
)
from farthing.storage.sql.spans import Range, cells_in
from farthing.storage.sql.transaction import Transaction

_NAMING: Final = (*NAME_REFS.values(), "accounting_rule_ref", "flags_ref")
_COUNT: Final = ("event_count",)


async def stored_span(tx: Transaction, workspace_id: int) -> Range | None:
    """See CheckStore."""
    found = [row for row in await tx.fetch(_span(), {"workspace_id": workspace_id}) if row[0] is not None]
    if not found:
        return None
    return min(first for first, _ in found), max(last for _, last in found) + 1


async def check_cells(tx: Transaction, workspace_id: int, grain: Grain, span: Range) -> list[CellFault]:
    """See CheckStore."""
    found: dict[str, int] = {}
    async for family, group_count in _differences(tx, workspace_id, grain, span):
        found[family.name] = max(found.get(family.name, 0), group_count)
    return [CellFault(family, grain, count) for family, count in found.items() if count]


async def _differences(
    tx: Transaction, workspace_id: int, grain: Grain, span: Range
) -> AsyncIterator[tuple[Family, int]]:
    """(family, how many of its groups differ), of sums and of latencies, cell by cell."""
    for family, params in await _places(tx, workspace_id, grain, span):
        for statement in _compared(family, grain):
            ((count,),) = await tx.fetch(statement, params)
            yield family, count
        if family.has_latency and grain != "quarter":
            expected = await histograms.expected(tx, family, grain, params)
            stored = await histograms.stored(tx, family, grain, params)
            keys = expected.keys() | stored.keys()
            yield family, sum(expected.get(key, 0) != stored.get(key, 0) for key in keys)


async def repair_cells(tx: Transaction, workspace_id: int, grain: Grain, span: Range) -> None:
    """See CheckStore."""
    for family, params in await _places(tx, workspace_id, grain, span):
        for table in _tables(family, grain):
            await tx.execute(_removed(table, grain), params)
        if grain == "quarter":
            await tx.execute(_inserted(family, is_latency=False), params)
            if family.has_latency:
                await tx.execute(_inserted(family, is_latency=True), params)
            continue
        await tx.execute(cells.seal_cells(family, grain), params)
        if family.has_latency:
            await histograms.seal(tx, family, grain, params)


async def check_rows(
    tx: Transaction, workspace_id: int, span: Range, hash_id: Callable[[str], int]
) -> list[RowFault]:
    """See CheckStore."""
    params = {"workspace_id": workspace_id, "start": span[0], "end": span[1]}
    ((cards, *refs),) = await tx.fetch(_dangling(), params)
    faults = [RowFault("rate_card", int(cards or 0))]
    faults += [RowFault(column, int(count or 0)) for column, count in zip(_NAMING, refs, strict=True)]
    moved = 0
    for text, stored in await tx.fetch(_ids(), params):
        if hash_id(text) != stored:  # as is right where another row has that place
            place = {"workspace_id": workspace_id, "hash": hash_id(text)}
            moved += not await tx.fetch(_at_hash(), place)
    return [fault for fault in (*faults, RowFault("request_id", moved)) if fault.row_count]


async def _places(
    tx: Transaction, workspace_id: int, grain: Grain, span: Range
) -> list[tuple[Family, dict[str, int]]]:
    """Each comparison: a family, and parameters. Families that came later are left out where not whole."""
    kept = await retention.read(tx, workspace_id)
    since = latest(kept, DATA_MODES).keys_from // QUARTER_MS
    found = []
    for place in await _stretches(tx, workspace_id, grain, span, kept):
        for family in FAMILIES:
            start = max(place["start"], since) if family.is_later else place["start"]
            if start == place["start"] or grain in ("quarter", "hour"):
                found.append((family, place | {"start": min(start, place["end"])}))
    return found


async def _stretches(
    tx: Transaction, workspace_id: int, grain: Grain, span: Range, kept: Retention
) -> list[dict[str, int]]:
    """All quarters or hours of the span at once, else each cell."""
    place = {"workspace_id": workspace_id, "cell": 0, "start": span[0], "end": span[1]}
    if grain == "quarter":
        known = {mode: -(-(kept[mode].kept.raw_from or 0) // QUARTER_MS) for mode in DATA_MODES}
        return [place | {f"known_{mode}": quarter for mode, quarter in known.items()}]
    sealed = await sealed_of(tx, workspace_id)
    end = min(span[1], sealed.until)
    if grain == "hour":
        return [place | {"end": max(end, span[0])}]
    return [
        place | {"cell": cell, "start": start, "end": stop}
        for cell, (start, stop) in cells_in(span[0], end, grain, sealed.zone)
    ]


def _tables(family: Family, grain: Grain) -> Iterator[Table]:
    yield CELLS[family.name, grain]
    if family.has_latency:
        yield LATENCY_CELLS[family.name] if grain == "quarter" else HISTOGRAMS[family.name, grain]


@cache
def _compared(family: Family, grain: Grain) -> list[Executable]:
    """How many groups are expected and not stored like that, and the other way round."""
    pairs = [(_expected(family, grain), _stored(CELLS[family.name, grain], grain, SUMS))]
    if grain == "quarter" and family.has_latency:
        pairs.append((_expected_bins(family), _stored(LATENCY_CELLS[family.name], grain, _COUNT)))
    both = [(expected.except_(stored), stored.except_(expected)) for expected, stored in pairs]
    return [select(func.count()).select_from(each.subquery()) for pair in both for each in pair]


def _expected(family: Family, grain: Grain) -> Select[Any]:
    if grain == "quarter":
        return _of_rows(family, (), {fact: func.sum(fact_of_event(fact)) for fact in SUMS}, [])
    fine = CELLS[family.name, "quarter"].c
    cell = cell_of(fine.quarter, grain)
    key = {c: fine[c] for c in ("data_mode", "environment", *family.keys)}
    sums = [cast_to(func.sum(fine[fact]), BigInteger) for fact in SUMS]
    of_span = [*each_scope(fine), fine.quarter >= integer("start"), fine.quarter < integer("end")]
    grouped = [*key.values(), *([] if grain in ("day", "month") else [cell])]
    return select(*key.values(), cast_to(cell, BigInteger), *sums).where(*of_span).group_by(*grouped)


def _expected_bins(family: Family) -> Select[Any]:
    row = usage_event.c
    return _of_rows(family, ("latency_bin",), {"event_count": func.count()}, [row.latency_bin.is_not(None)])


def _of_rows(
    family: Family,
    more_keys: tuple[str, ...],
    facts: dict[str, ColumnElement[Any]],
    conditions: list[ColumnElement[bool]],
) -> Select[Any]:
    """What folded rows add up to, by data mode, environment, the family's key and quarter."""
    row, quarter = usage_event.c, quarter_of_event()
    key = [row[column] for column in ("data_mode", "environment", *family.keys)]
    more = [cast_to(row[column], BigInteger) for column in more_keys]
    of_span = [row.workspace_id == integer("workspace_id"), *between(), is_folded(), *conditions]
    sums = [cast_to(fact, BigInteger) for fact in facts.values()]
    names: list[ColumnElement[Any]] = [cast_to(each, BigInteger) for each in (*key, quarter)]
    chosen = select(*names, *more, *sums)
    return chosen.where(*of_span, _is_known(row, quarter)).group_by(*key, quarter, *more)


def _stored(table: Table, grain: Grain, facts: tuple[str, ...]) -> Select[Any]:
    row = table.c
    key = [c for c in table.primary_key if c.name not in ("workspace_id", "quarter", "latency_bin")]
    more = [c for c in table.primary_key if c.name == "latency_bin"]
    # What corrections have emptied may stay there; it says nothing.
    says_something = row[facts[0]] != number(0)
    for fact in facts[1:]:
        says_something |= row[fact] != number(0)
    chosen = select(*key, row.quarter, *more, *(row[fact] for fact in facts))
    return chosen.where(*_in_span(table, grain), says_something)


def _in_span(table: Table, grain: Grain) -> list[ColumnElement[bool]]:
    row = table.c
    if grain in ("day", "month"):
        return [*each_scope(row), row.quarter == integer("cell")]
    found = [*each_scope(row), row.quarter >= integer("start"), row.quarter < integer("end")]
    return [*found, _is_known(row, row.quarter)] if grain == "quarter" else found


def _is_known(row: ReadOnlyColumnCollection[str, Any], quarter: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether all rows of the data mode are there."""
    known = {number(codes.DATA_MODE[mode]): integer(f"known_{mode}") for mode in DATA_MODES}
    return quarter >= case(known, value=row.data_mode, else_=number(0))


@cache
def _removed(table: Table, grain: Grain) -> Executable:
    return delete(table).where(*_in_span(table, grain))


@cache
def _inserted(family: Family, *, is_latency: bool) -> Executable:
    table = LATENCY_CELLS[family.name] if is_latency else CELLS[family.name, "quarter"]
    found = _expected_bins(family) if is_latency else _expected(family, "quarter")
    names = ["data_mode", "environment", *family.keys, "quarter"]
    names += ["latency_bin", *_COUNT] if is_latency else SUMS
    return insert(table).from_select([*names, "workspace_id"], found.add_columns(integer("workspace_id")))


@cache
def _span() -> Executable:
    row, quarter = usage_event.c, quarter_of_event()
    of_workspace = row.workspace_id == integer("workspace_id")
    ends = [select(func.min(quarter), func.max(quarter)).where(of_workspace)]
    for family, environment, mode in product(FAMILIES, codes.ENVIRONMENT.values(), codes.DATA_MODE.values()):
        cell = CELLS[family.name, "quarter"].c
        scope = (
            cell.workspace_id == integer("workspace_id"),
            cell.data_mode == number(mode),
            cell.environment == number(environment),
        )
        ends.append(select(func.min(cell.quarter), func.max(cell.quarter)).where(*scope))
    return union_all(*ends)


@cache
def _dangling() -> Executable:
    row = usage_event.c
    names = select(name.c.id).where(name.c.workspace_id == integer("workspace_id"))
    counts = [_count(row.rate_card_id.not_in(select(rate_card.c.id)))]
    counts += [_count((row[column] != number(0)) & row[column].not_in(names)) for column in _NAMING]
    return select(*counts).where(row.workspace_id == integer("workspace_id"), *between())


def _count(fault: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((fault, number(1)), else_=number(0)))


@cache
def _ids() -> Executable:
    row = usage_event.c
    found = select(row.external_request_id, row.external_hash)
    return found.where(row.workspace_id == integer("workspace_id"), *between())


@cache
def _at_hash() -> Executable:
    row = usage_event.c
    here = row.workspace_id == integer("workspace_id"), row.external_hash == integer("hash")
    return select(row.request_id).where(*here)
