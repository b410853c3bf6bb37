"""What is held of budgets for calls that are under way, and whether another call would fit beside that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, Executable, delete, func, literal_column, select

from farthing.rules.budget_counts import NOTHING, Amounts, amounts_of
from farthing.rules.budget_room import Gate, Room, room
from farthing.rules.budget_tally import Asked, Tally
from farthing.rules.events import UsageEvent
from farthing.storage.sql import budget_cells, budgets, marks
from farthing.storage.sql.budget_cells import NO_START, MarkKey, of_row, to_row
from farthing.storage.sql.budget_effects import BudgetBooks
from farthing.storage.sql.cells import integer
from farthing.storage.sql.given_rows import given, rows
from farthing.storage.sql.inserting import insert, insertion
from farthing.storage.sql.schema.budgets import CELL_SUMS, budget_hold, budget_reservation
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_FORGOTTEN_AT_ONCE: Final = 500
_HALF: Final = 1 << 32
"""Added up by halves, what any number of reservations holds fits into 64 bits."""


async def gate(tx: Transaction, books: BudgetBooks, event: UsageEvent, now: int) -> Gate:
    """What a call would find; nothing is held for it."""
    return Gate(tuple(each for each, _ in await _rooms(tx, books, event, now)))


async def reserve(tx: Transaction, books: BudgetBooks, event: UsageEvent, now: int, expires_at: int) -> Gate:
    """Hold what a call wants of every budget that it is part of, unless one that is enforced has no room."""
    await tx.next_request_ids(0)  # whoever counts or holds waits for the other
    await _forget_expired(tx, event.workspace_id, now)
    found = await _rooms(tx, books, event, now)
    asked = Gate(tuple(each for each, _ in found))
    if asked.is_blocked:
        return asked
    values = {"workspace_id": event.workspace_id, "created_at": now, "expires_at": expires_at}
    number = await insert(tx, budget_reservation, values)
    wanted = dict(zip(CELL_SUMS, to_row(amounts_of(event)), strict=True))
    held = [
        {
            "workspace_id": event.workspace_id,
            "reservation_id": number,
            **dict(zip(("count_id", "value", "start"), key, strict=True)),
            "expires_at": expires_at,
            **wanted,
        }
        for _, key in found
    ]
    if held:
        await tx.execute_many(insertion(budget_hold), held)
    return Gate(asked.rooms, number)


async def settle(tx: Transaction, workspace_id: int, reservation_id: int) -> bool:
    """Hold nothing for a reservation any more; False when there is none (any more)."""
    await tx.next_request_ids(0)
    place = {"workspace_id": workspace_id, "reservation_id": reservation_id}
    await tx.execute(_release(), place)
    return bool(await tx.execute(_drop(), place))


async def _rooms(
    tx: Transaction, books: BudgetBooks, event: UsageEvent, now: int
) -> list[tuple[Room, MarkKey]]:
    version = await marks.budgets_version(tx, event.workspace_id)
    if version is None:
        return []
    tally = Tally(await books.of(tx, event.workspace_id, version), now)
    tally.ask(event)
    tally.close()
    asked = list(tally.asked.values())
    keys = await _keys(tx, event.workspace_id, asked)
    ranges = [
        (number, one)
        for number, (each, key) in enumerate(zip(asked, keys, strict=True))
        for one in budgets.cell_ranges(each.budget, key[1], each.window)
    ]
    sums = await budget_cells.sums(tx, event.workspace_id, ranges)
    held = await _held(tx, event.workspace_id, keys, now)
    wanted = amounts_of(event)
    return [
        (room(each.budget, (each.value, each.window), sums.get(number, NOTHING), held[key], wanted), key)
        for number, (each, key) in enumerate(zip(asked, keys, strict=True))
    ]


async def _keys(tx: Transaction, workspace_id: int, asked: list[Asked]) -> list[MarkKey]:
    """Where what is held stands. A value that no event has yet gets its name now."""
    refs = await budgets.value_refs(tx, workspace_id, ((each.budget.per, each.value) for each in asked))
    return [
        (
            each.budget.count_id,
            refs[each.budget.per, each.value],
            NO_START if each.budget.period.is_rolling else each.window.start,
        )
        for each in asked
    ]


async def _held(
    tx: Transaction, workspace_id: int, keys: Iterable[MarkKey], now: int
) -> dict[MarkKey, list[Amounts]]:
    found: dict[MarkKey, list[Amounts]] = defaultdict(list)
    asked = rows((workspace_id, *key) for key in sorted(set(keys)))
    for count_id, value, start, *halves in await tx.fetch(_open_holds(), asked | {"now": now}):
        sums = [int(high) * _HALF + int(low) for high, low in zip(halves[::2], halves[1::2], strict=True)]
        found[count_id, value, start].append(of_row(sums))
    return found


async def _forget_expired(tx: Transaction, workspace_id: int, now: int) -> None:
    """A few at a time: as many go as come."""
    params = {"workspace_id": workspace_id, "now": now, "row_count": _FORGOTTEN_AT_ONCE}
    for (number,) in await tx.fetch(_expired(), params):
        place = {"workspace_id": workspace_id, "reservation_id": number}
        await tx.execute(_release(), place)
        await tx.execute(_drop(), place)


def _of_reservation(table: Any, column: Any) -> list[Any]:
    return [table.c.workspace_id == integer("workspace_id"), column == integer("reservation_id")]


@cache
def _open_holds() -> Executable:
    key = ("workspace_id", "count_id", "value", "start")
    asked, row = given(key).c, budget_hold.c
    same = [row[name] == asked[name] for name in key]
    half = literal_column(str(_HALF), BigInteger)
    halves = [func.sum(each) for name in CELL_SUMS for each in (row[name] // half, row[name] % half)]
    place = row.count_id, row.value, row.start
    found = select(*place, *halves).where(*same, row.expires_at > integer("now")).group_by(*place)
    return across_workspaces(found, "the keys that are given name their workspace")


@cache
def _expired() -> Executable:
    row = budget_reservation.c
    mine = row.workspace_id == integer("workspace_id"), row.expires_at <= integer("now")
    return select(row.id).where(*mine).order_by(row.expires_at).limit(integer("row_count"))


@cache
def _release() -> Executable:
    return delete(budget_hold).where(*_of_reservation(budget_hold, budget_hold.c.reservation_id))


@cache
def _drop() -> Executable:
    return delete(budget_reservation).where(*_of_reservation(budget_reservation, budget_reservation.c.id))
