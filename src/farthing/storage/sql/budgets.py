"""Budgets in SQL, and how they stand by their cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Executable, Text, bindparam, delete, literal_column, or_, select, update
from sqlalchemy.sql import exists

from farthing.reports.dimensions import UNKNOWN
from farthing.rules.budget_counts import (
    DAY,
    NOTHING,
    PERIOD,
    QUARTER,
    Amounts,
    Cell,
    Standing,
    ranges,
    spent_of,
    told_at,
)
from farthing.rules.budget_marks import Marks
from farthing.rules.budget_state import stand
from farthing.rules.budgets import Budget, Unit
from farthing.rules.erasure import Erasure, scrubbed_budget
from farthing.rules.periods import DAY_MS, Window
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.sql import budget_cells, codes, marks, names
from farthing.storage.sql.budget_cells import NO_START, NO_VALUE, Range
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.filters import WORDS
from farthing.storage.sql.inserting import insert
from farthing.storage.sql.schema import budget, budget_cell, budget_count, budget_mark
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(Budget)
_ORDER: Final[dict[Unit, str]] = {"usd": "cost_picousd", "requests": "request_count", "tokens": "token_count"}


async def of_workspace(tx: Transaction, workspace_id: int) -> list[Budget]:
    """Those that were not removed, as they were made."""
    return [_budget(row) for row in await tx.fetch(_live(), {"workspace_id": workspace_id})]


async def one(tx: Transaction, workspace_id: int, budget_id: int) -> Budget | None:
    """One of them."""
    found = await tx.fetch(_one(), {"workspace_id": workspace_id, "budget_id": budget_id})
    return _budget(found[0]) if found else None


async def begin_count(tx: Transaction, workspace_id: int, now: int) -> int:
    """Make a count that no budget has."""
    return await insert(tx, budget_count, {"workspace_id": workspace_id, "begun_at": now})


async def seed(
    tx: Transaction, of: Budget, cells: Mapping[Cell, Amounts], told: Sequence[tuple[str | None, Marks]]
) -> None:
    """Put sums, and marks by value, into a budget's count."""
    await tx.next_request_ids(0)
    values = {cell.value for cell in cells} | {value for value, _ in told}
    refs = await value_refs(tx, of.workspace_id, ((of.per, value) for value in values))
    keyed = {
        (each.count_id, each.grain, refs[of.per, each.value], each.start): n for each, n in cells.items()
    }
    await budget_cells.add_to(tx, of.workspace_id, keyed)
    kept = {(of.count_id, refs[of.per, value], start_of(each)): each for value, each in told}
    await budget_cells.put_marks(tx, of.workspace_id, kept)


def start_of(each: Marks) -> int:
    """Where marks are kept."""
    return NO_START if each.period_start is None else each.period_start


async def add(tx: Transaction, new: Budget) -> Budget:
    """Keep one, which counts from now on."""
    await _require_free(tx, new)
    values = {**_row(new), "workspace_id": new.workspace_id}
    added = replace(new, id=await insert(tx, budget, values))
    await marks.note_budgets(tx, new.workspace_id)
    return added


async def change(tx: Transaction, after: Budget) -> Budget | None:
    """Keep another version."""
    if after.removed_at is None:
        await _require_free(tx, after)
    kept = replace(after, version=after.version + 1)
    values = {f"new_{name}": value for name, value in _row(kept).items()}
    place = {"workspace_key": after.workspace_id, "budget_id": after.id, "seen": after.version}
    if not await tx.execute(_change(), values | place):
        return None
    await marks.note_budgets(tx, after.workspace_id)
    return kept


async def scrub(tx: Transaction, erasure: Erasure) -> None:
    """Take an identity out of what budgets are about, removed ones too; what they count goes by integers."""
    for row in await tx.fetch(_ever(), {"workspace_id": erasure.workspace_id}):
        each = _budget(row)
        after = scrubbed_budget(each, erasure)
        if after.name != each.name and await _in_the_way(tx, after):
            after = replace(after, name=f"{after.name} ({each.id})")
        if after != each:
            await change(tx, after)


async def _require_free(tx: Transaction, wanted: Budget) -> None:
    """Raises AlreadyExistsError. All changes are made one after the other, so it stays free."""
    for other in await _in_the_way(tx, wanted):
        if other.name.casefold() == wanted.name.casefold():
            raise AlreadyExistsError(f"there is a budget {other.name!r} in this workspace already")
        raise AlreadyExistsError(f"{other.name!r} is the {wanted.slot} budget of this workspace already")


async def _in_the_way(tx: Transaction, wanted: Budget) -> list[Budget]:
    """Others that have its name or its slot."""
    params = {
        "workspace_id": wanted.workspace_id,
        "budget_id": wanted.id,
        "name_key": wanted.name.casefold(),
        "slot": wanted.slot or "",
    }
    return [_budget(row) for row in await tx.fetch(_alike(), params)]


async def standings(
    tx: Transaction, workspace_id: int, now: int, budgets: Iterable[Budget], value_count_max: int
) -> list[Standing]:
    """How budgets stand in their present periods: one statement for all without values."""
    asked = [(each, each.present(now)) for each in budgets]
    plain = [
        (place, cells)
        for place, (each, window) in enumerate(asked)
        if each.per is None
        for cells in cell_ranges(each, NO_VALUE, window)
    ]
    totals = await budget_cells.sums(tx, workspace_id, plain)
    found: list[Standing] = []
    for place, (each, window) in enumerate(asked):
        if each.per is None:
            found.append(_standing(each, None, window, totals.get(place, NOTHING)))
        else:
            found += await _by_value(tx, each, window, value_count_max)
    return [told_at(each, now) for each in found]


async def _by_value(tx: Transaction, of: Budget, window: Window, value_count_max: int) -> list[Standing]:
    ranges_ = cell_ranges(of, NO_VALUE, window)
    order = _ORDER[of.limit.unit]
    sums = await budget_cells.sums_by_value(tx, of.workspace_id, ranges_, value_count_max, order)
    texts = await value_texts(tx, of.per or "", [value for value, _ in sums])
    return [_standing(of, texts[value], window, amounts) for value, amounts in sums if any(amounts)]


async def past(tx: Transaction, of: Budget, limit: int) -> list[Standing]:
    """How a budget stood in the periods that it has counted, newest first."""
    rows = await budget_cells.newest(tx, of.workspace_id, of.count_id, PERIOD, limit)
    since = of.since
    first = None if since is None else of.window(since).start  # older cells may not be gone yet
    rows = [row for row in rows if first is None or row[0] >= first]
    texts = await value_texts(tx, of.per, [value for _, value, _ in rows]) if of.per else {NO_VALUE: None}
    return [_standing(of, texts[value], of.window(start), amounts) for start, value, amounts in rows]


def cell_ranges(of: Budget, value: int, window: Window) -> list[Range]:
    """The cells whose sum is a period's."""
    if not of.period.is_rolling:
        return [(of.count_id, PERIOD, value, window.start, window.start + 1)]
    return [(of.count_id, grain, value, first, end) for grain, first, end in ranges(window) if first < end]


def _standing(of: Budget, value: str | None, window: Window, amounts: Amounts) -> Standing:
    return Standing(of, value, window, stand(of, spent_of(of, amounts)))


async def value_refs(
    tx: Transaction, workspace_id: int, wanted: Iterable[tuple[str | None, str | None]]
) -> dict[tuple[str | None, str | None], int]:
    """The integers of values, each given with its dimension; of None and None it is NO_VALUE.

    Values that the dictionary does not know are added to it: there are no events of them, or not any more.
    """
    found: dict[tuple[str | None, str | None], int] = {}
    named: dict[str, list[str]] = {}
    for per, value in wanted:
        if per is None or value is None:
            found[per, value] = NO_VALUE
        elif per in WORDS:
            found[per, value] = WORDS[per].index(value)
        elif per == "api_key":
            found[per, value] = int(value)
        elif value == UNKNOWN:
            found[per, value] = names.MISSING
        else:
            named.setdefault(per, []).append(value)
    for per, texts in named.items():
        refs = await names.find_or_add(tx, workspace_id, codes.NAME_KIND[per], texts)
        found.update({(per, text): ref for text, ref in refs.items()})
    return found


async def value_texts(tx: Transaction, per: str, refs: list[int]) -> dict[int, str]:
    """The texts of values of a dimension."""
    if per in WORDS:
        return {ref: WORDS[per][ref] for ref in refs}
    if per == "api_key":
        return {ref: str(ref) for ref in refs}
    return await names.texts_of(tx, refs)


async def budgeting(tx: Transaction) -> list[int]:
    """The workspaces that have budgets."""
    return [int(row[0]) for row in await tx.fetch(_budgeting())]


async def trim(tx: Transaction, of: Budget, cell_count_max: int) -> int:
    """Drop some cells, and marks, of before the budget counts; a day's cell stays for a day longer."""
    place = {"workspace_id": of.workspace_id, "count_id": of.count_id}
    old = {**place, "before": (of.counted_from or 0) - DAY_MS, "row_count": cell_count_max}
    keys = await tx.fetch(_old_cells(), old)
    gone = [{**place, **dict(zip(("grain", "value", "start"), key, strict=True))} for key in keys]
    if gone:
        await tx.execute_many(_drop_cell(), gone)
        return len(gone)
    return await tx.execute(_drop_old_marks(), {name: old[name] for name in (*place, "before")})


async def forget_counts(tx: Transaction, begun_before: int, cell_count_max: int) -> int:
    """Drop some cells of counts that no budget has, and counts that have none left."""
    found = await tx.fetch(_unused(), {"begun_before": begun_before, "row_count": 1})
    if not found:
        return 0
    workspace_id, count_id = found[0]
    place = {"workspace_id": workspace_id, "count_id": count_id}
    keys = await tx.fetch(_some_cells(), place | {"row_count": cell_count_max})
    if keys:
        gone = [{**place, **dict(zip(("grain", "value", "start"), key, strict=True))} for key in keys]
        await tx.execute_many(_drop_cell(), gone)
        return len(keys)
    await tx.execute(_drop_marks(), place)
    await tx.execute(_drop_count(), place)
    return 1


def _row(of: Budget) -> dict[str, Any]:
    return {
        "name_key": of.name.casefold(),
        "slot": of.slot,
        "count_id": of.count_id,
        "definition": _ENCODER.encode(of).decode(),
        "removed_at": of.removed_at,
        "version": of.version,
    }


def _budget(row: tuple[Any, ...]) -> Budget:
    budget_id, definition = row
    return replace(_DECODER.decode(definition), id=budget_id)


@cache
def _live() -> Executable:
    row = budget.c
    mine = row.workspace_id == integer("workspace_id"), row.removed_at.is_(None)
    return select(row.id, row.definition).where(*mine).order_by(row.id)


@cache
def _alike() -> Executable:
    row = budget.c
    mine = row.workspace_id == integer("workspace_id"), row.id != integer("budget_id")
    same = [row[name] == bindparam(name, type_=Text()) for name in ("name_key", "slot")]
    found = select(row.id, row.definition).where(*mine, row.removed_at.is_(None), or_(*same))
    return found.order_by(row.id)


@cache
def _ever() -> Executable:
    row = budget.c
    return select(row.id, row.definition).where(row.workspace_id == integer("workspace_id"))


@cache
def _one() -> Executable:
    row = budget.c
    mine = row.workspace_id == integer("workspace_id"), row.id == integer("budget_id")
    return select(row.id, row.definition).where(*mine, row.removed_at.is_(None))


@cache
def _change() -> Executable:
    row = budget.c
    names_ = ("name_key", "slot", "count_id", "definition", "removed_at", "version")
    values = {name: bindparam(f"new_{name}", type_=row[name].type) for name in names_}
    mine = row.workspace_id == integer("workspace_key"), row.id == integer("budget_id")
    return update(budget).where(*mine, row.version == integer("seen")).values(values)


@cache
def _unused() -> Executable:
    """Counts that no budget has, or one alone that was removed."""
    row, own = budget_count.c, budget.c
    used = exists().where(own.count_id == row.id, own.removed_at.is_(None))
    found = select(row.workspace_id, row.id).where(row.begun_at < integer("begun_before"), ~used)
    found = found.order_by(row.id).limit(integer("row_count"))
    return across_workspaces(found, "whoever tidies up does so for all")


@cache
def _some_cells() -> Executable:
    row = budget_cell.c
    mine = row.workspace_id == integer("workspace_id"), row.count_id == integer("count_id")
    return select(row.grain, row.value, row.start).where(*mine).limit(integer("row_count"))


@cache
def _budgeting() -> Executable:
    row = budget.c
    found = select(row.workspace_id).where(row.removed_at.is_(None)).distinct().order_by(row.workspace_id)
    return across_workspaces(found, "what is done by itself is done for all")


@cache
def _old_cells() -> Executable:
    """Of each grain: so they are ranges of the index by start, and what stays is not looked at."""
    row = budget_cell.c
    mine = row.workspace_id == integer("workspace_id"), row.count_id == integer("count_id")
    grains = row.grain.in_([number(grain) for grain in (PERIOD, QUARTER, DAY)])
    found = select(row.grain, row.value, row.start).where(*mine, grains, row.start < integer("before"))
    return found.limit(integer("row_count"))


@cache
def _drop_old_marks() -> Executable:
    row = budget_mark.c
    mine = row.workspace_id == integer("workspace_id"), row.count_id == integer("count_id")
    old = row.start != literal_column(str(NO_START)), row.start < integer("before")
    return delete(budget_mark).where(*mine, *old)


@cache
def _drop_cell() -> Executable:
    row = budget_cell.c
    key = ("workspace_id", "count_id", "grain", "value", "start")
    return delete(budget_cell).where(*(row[name] == integer(name) for name in key))


@cache
def _drop_marks() -> Executable:
    row = budget_mark.c
    mine = row.workspace_id == integer("workspace_id"), row.count_id == integer("count_id")
    return delete(budget_mark).where(*mine)


@cache
def _drop_count() -> Executable:
    row = budget_count.c
    mine = row.workspace_id == integer("workspace_id"), row.id == integer("count_id")
    return delete(budget_count).where(*mine)
