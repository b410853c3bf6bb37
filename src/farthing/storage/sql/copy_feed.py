"""Feeding a copy: what of the ledger it has not yet, in order."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import Executable, Text, and_, bindparam, delete, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.periods import DAY_MS, Window
from farthing.storage.contract.copies import ChangedRows, DaySums, Feed, FeedId, Key, NewRows
from farthing.storage.sql import day_sums, marks
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.copy_notes import next_change, note_chosen, noting_rows
from farthing.storage.sql.given_rows import given, rows
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import copy_change, copy_feed, usage_event
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ALL: Final = "the copy is of all workspaces"
_COUNTED_MAX: Final = 100_000


async def read(tx: Transaction) -> Feed | None:
    """See RowFeed.feed."""
    return await there(tx) if await tx.fetch(_feed()) else None


async def there(tx: Transaction) -> Feed:
    """The feed, for those who only come where there is one."""
    ((installation, feed_number, is_on, change, copied_to, applied_to, copied_at, read_at),) = await tx.fetch(
        _feed()
    )
    last_id = await marks.last_request_id(tx)
    ((change_count,),) = await tx.fetch(_change_count())
    newest = await tx.fetch(_newest())
    return Feed(
        id=FeedId(installation, feed_number),
        is_on=bool(is_on),
        change=change,
        copied_to=copied_to,
        applied_to=applied_to,
        copied_at=copied_at,
        read_at=read_at,
        last_request_id=last_id,
        change_count=int(change_count),
        newest_id=newest[0][0] if newest else 0,
        newest_at=newest[0][1] if newest else 0,
    )


async def begin(tx: Transaction, installation: str, now: int) -> Feed:
    """See RowFeed.begin_feed. Whoever changes rows does so before this, or notes it."""
    await tx.next_request_ids(0)
    await tx.execute(_forget_all())
    await tx.execute(_begin(), {"new_installation": installation, "now": now})
    return await there(tx)


async def end(tx: Transaction) -> None:
    """See RowFeed.end_feed."""
    await tx.next_request_ids(0)
    await tx.execute(_end())
    await tx.execute(_forget_all())


async def new_rows(tx: Transaction, after_id: int, limit: int) -> NewRows:
    """See RowFeed.rows_to_copy."""
    ((_, _, _, change, *_),) = await tx.fetch(_feed())
    last_id = await marks.last_request_id(tx)
    found = await tx.fetch_at_once(_rows_after(), {"after_id": after_id, "row_count": limit})
    return NewRows(found, change, found[-1][0] if len(found) == limit else last_id)


async def changed_rows(tx: Transaction, limit: int) -> ChangedRows | None:
    """See RowFeed.changes_to_copy."""
    noted = await tx.fetch(_noted(), {"row_count": limit})
    if not noted:
        return None
    ((_, _, _, change, *_),) = await tx.fetch(_feed())
    ids = sorted({row[1] for row in noted})
    there = await tx.fetch_at_once(_rows_now(), {"request_ids": ids})
    keys = [(workspace_id, at, request_id) for _, request_id, workspace_id, at in noted]
    return ChangedRows(keys, there, change, (noted[-1][0], noted[-1][1]))


async def copied(tx: Transaction, feed: FeedId, last_id: int, now: int) -> bool:
    """See RowFeed.rows_copied."""
    newest = await tx.fetch(_received(), {"last_id": last_id})
    place = {"number": feed.number, "last_id": last_id, "at": newest[0][0] if newest else 0, "now": now}
    return bool(await tx.execute(_set_copied(), place))


async def applied(tx: Transaction, feed: FeedId, changed: ChangedRows, now: int) -> bool:
    """See RowFeed.changes_copied."""
    change, request_id = changed.last
    place = {"number": feed.number, "applied": changed.change, "now": now}
    if not await tx.execute(_set_applied(), place):
        return False
    await tx.execute(_forget(), {"last_change": change, "last_id": request_id})
    return True


async def sums(tx: Transaction, workspace_id: int, window: Window) -> tuple[Feed, DaySums]:
    """See RowFeed.day_sums."""
    found = await there(tx)
    params = day_sums.params(workspace_id, window, found.copied_to, [])
    return found, day_sums.read(await tx.fetch(day_sums.statement(is_excluding=False), params))


async def note_days(tx: Transaction, workspace_id: int, days: Sequence[int], keys: Sequence[Key]) -> int:
    """See RowFeed.note_days."""
    for day in days:
        scope = {"workspace_id": workspace_id, "start": day * DAY_MS, "end": (day + 1) * DAY_MS}
        await note_chosen(tx, _note_between, scope)
    if keys:
        change = await next_change(tx)
        told = rows((change, request_id, of, at) for of, at, request_id in keys)
        await tx.execute(_note_keys(), told)
    ((count,),) = await tx.fetch(_changed_count())
    return int(count)


async def changed_ids(tx: Transaction, workspace_id: int, limit: int) -> list[int]:
    """The rows of a workspace that were noted and are not applied yet, at most so many."""
    params = {"workspace_id": workspace_id, "row_count": limit}
    return [row[0] for row in await tx.fetch(_changed_ids(), params)]


@cache
def _feed() -> Executable:
    row = copy_feed.c
    places = row.change, row.copied_to, row.applied_to, row.copied_at, row.read_at
    return select(row.installation, row.number, row.is_on, *places)


@cache
def _begin() -> Executable:
    row = copy_feed.c
    nowhere = {"is_on": number(1), "copied_to": number(0), "applied_to": number(0), "copied_at": number(0)}
    first = upsert(copy_feed).values(
        {
            **nowhere,
            "id": number(1),
            "installation": bindparam("new_installation", type_=Text()),
            "number": number(1),
            "change": number(1),
            "read_at": integer("now"),
        }
    )
    next_one = {"number": row.number + number(1), "change": row.change + number(1)}
    again = {**nowhere, **next_one, "read_at": integer("now")}
    return first.on_conflict_do_update(index_elements=["id"], set_=again)


@cache
def _end() -> Executable:
    return update(copy_feed).where(copy_feed.c.id == number(1)).values(is_on=number(0))


@cache
def _rows_after() -> Executable:
    row = usage_event.c
    after = select(usage_event).where(row.request_id > integer("after_id"))
    return across_workspaces(after.order_by(row.request_id).limit(integer("row_count")), _ALL)


@cache
def _rows_now() -> Executable:
    there = select(usage_event).where(among(usage_event.c.request_id, "request_ids"))
    return across_workspaces(there, _ALL)


@cache
def _noted() -> Executable:
    row = copy_change.c
    noted = select(row.change, row.request_id, row.workspace_id, row.occurred_at)
    in_order = noted.order_by(row.change, row.request_id).limit(integer("row_count"))
    return across_workspaces(in_order, _ALL)


@cache
def _changed_ids() -> Executable:
    row = copy_change.c
    mine = select(row.request_id).where(row.workspace_id == integer("workspace_id")).distinct()
    return mine.limit(integer("row_count"))


@cache
def _change_count() -> Executable:
    """How many notes there are, up to so many as nobody waits to be counted."""
    some = across_workspaces(select(copy_change.c.request_id).limit(number(_COUNTED_MAX)), _ALL)
    return across_workspaces(select(func.count()).select_from(some.subquery()), _ALL)


@cache
def _changed_count() -> Executable:
    return across_workspaces(select(func.count(copy_change.c.request_id.distinct())), _ALL)


@cache
def _newest() -> Executable:
    row = usage_event.c
    newest = select(row.request_id, row.received_at).order_by(row.request_id.desc()).limit(number(1))
    return across_workspaces(newest, _ALL)


@cache
def _received() -> Executable:
    row = usage_event.c
    last = select(row.received_at).where(row.request_id <= integer("last_id"))
    return across_workspaces(last.order_by(row.request_id.desc()).limit(number(1)), _ALL)


def _is_of_feed() -> Any:
    return and_(copy_feed.c.number == integer("number"), copy_feed.c.is_on == number(1))


@cache
def _set_copied() -> Executable:
    to = {"copied_to": integer("last_id"), "copied_at": integer("at"), "read_at": integer("now")}
    return update(copy_feed).where(_is_of_feed(), copy_feed.c.copied_to <= integer("last_id")).values(to)


@cache
def _set_applied() -> Executable:
    to = {"applied_to": integer("applied"), "read_at": integer("now")}
    return update(copy_feed).where(_is_of_feed(), copy_feed.c.applied_to <= integer("applied")).values(to)


@cache
def _forget() -> Executable:
    row = copy_change.c
    at_last = and_(row.change == integer("last_change"), row.request_id <= integer("last_id"))
    forgotten = delete(copy_change).where(or_(row.change < integer("last_change"), at_last))
    return across_workspaces(forgotten, _ALL)


@cache
def _forget_all() -> Executable:
    return across_workspaces(delete(copy_change), _ALL)


@cache
def _note_between() -> Executable:
    row = usage_event.c
    between = row.occurred_at >= integer("start"), row.occurred_at < integer("end")
    return noting_rows(row.workspace_id == integer("workspace_id"), *between)


@cache
def _note_keys() -> Executable:
    names = ["change", "request_id", "workspace_id", "occurred_at"]
    new = given(names).c
    noted = upsert(copy_change).from_select(names, select(*(new[name] for name in names)).where(true()))
    return noted.on_conflict_do_nothing()
