"""Noting which stored rows a transaction changes, for the copy; nothing where there is no copy.

Whoever changes, removes or puts back rows of `usage_event` notes them in the same transaction. New rows need
no note: their ids follow each other in the order of the commits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache

from sqlalchemy import ColumnElement, Executable, insert, select, update

from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import copy_change, copy_feed, usage_event
from farthing.storage.sql.transaction import Params, Transaction


async def note_rows(tx: Transaction, workspace_id: int, request_ids: Collection[int]) -> None:
    """Note rows where they stand: before they are changed or removed, or after they were put back."""
    if request_ids and await is_fed(tx):
        chosen = {"workspace_id": workspace_id, "request_ids": list(request_ids)}
        await tx.execute(_note_ids(), chosen | {"change": await next_change(tx)})


async def note_chosen(tx: Transaction, noting: Callable[[], Executable], params: Params) -> None:
    """The same for rows that a statement made by `noting_rows` chooses; `params` are its own."""
    if await is_fed(tx):
        await tx.execute(noting(), {**params, "change": await next_change(tx)})


async def is_fed(tx: Transaction) -> bool:
    """Whether there is a copy that has to hear of changes."""
    return bool(await tx.fetch(_is_on()))


async def next_change(tx: Transaction) -> int:
    """The number of a change: whoever has it is alone in having one until the commit."""
    await tx.next_request_ids(0)  # the row that all changes take first: to take it later would be a deadlock
    ((change,),) = await tx.fetch(_advance())
    return int(change)


@cache
def _is_on() -> Executable:
    return select(copy_feed.c.id).where(copy_feed.c.is_on == number(1))


@cache
def _advance() -> Executable:
    row = copy_feed.c
    return (
        update(copy_feed)
        .where(row.id == number(1))
        .values(change=row.change + number(1))
        .returning(row.change)
    )


@cache
def _note_ids() -> Executable:
    row = usage_event.c
    mine = row.workspace_id + number(0) == integer("workspace_id")
    return noting_rows(mine, among(row.request_id, "request_ids"))


def noting_rows(*conditions: ColumnElement[bool]) -> Executable:
    """A statement for `note_chosen` that notes the rows that meet conditions."""
    row = usage_event.c
    rows = select(integer("change"), row.request_id, row.workspace_id, row.occurred_at).where(*conditions)
    return insert(copy_change).from_select(["change", "request_id", "workspace_id", "occurred_at"], rows)
