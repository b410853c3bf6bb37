"""Workspaces: made, named, moved to another zone, marked deleted."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import uuid4

from sqlalchemy import Executable, Text, bindparam, func, select, update

from farthing.storage.contract import Workspace
from farthing.storage.sql.accounts import FRESH, WORKSPACE
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.inserting import insert
from farthing.storage.sql.schema import CELLS, usage_event, workspace
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ROW = workspace.c


async def create(tx: Transaction, name: str, timezone: str, at: int) -> Workspace:
    """A new workspace, without anybody."""
    values: dict[str, Any] = {"public_id": str(uuid4()), "name": name, "timezone": timezone, "created_at": at}
    ((others_from,),) = await tx.fetch(_keys_from())
    # Until then servers of the release before may fold its calls, too (decision 0044).
    more = FRESH | {"keys_from": others_from if others_from is not None and others_from > at else 0}
    return Workspace(id=await insert(tx, workspace, values | more), **values)


async def change(tx: Transaction, workspace_id: int, name: str, timezone: str) -> bool:
    """Name a workspace and its zone."""
    params = {"workspace": workspace_id, "new_name": name, "new_zone": timezone}
    return bool(await tx.execute(_change(), params))


async def mark_deleted(tx: Transaction, workspace_id: int, at: int | None) -> bool:
    """Mark it deleted, or no longer; whether that changed anything."""
    return bool(await tx.execute(_mark(is_deletion=at is not None), {"workspace": workspace_id, "at": at}))


async def deleted(tx: Transaction) -> list[tuple[Workspace, int]]:
    """All that are marked, and since when."""
    return [(Workspace(*row[:-1]), row[-1]) for row in await tx.fetch(_deleted())]


async def has_events(tx: Transaction, workspace_id: int) -> bool:
    """Whether a workspace has any, or the sums of some that are gone."""
    scope = {"workspace": workspace_id}
    return bool(await tx.fetch(_any_event(), scope) or await tx.fetch(_any_cell(), scope))


@cache
def _keys_from() -> Executable:
    latest = select(func.max(_ROW.keys_from))
    return across_workspaces(latest, "tells until when servers of the release before are about")


@cache
def _change() -> Executable:
    named = {
        "name": bindparam("new_name", type_=Text()),
        "timezone": bindparam("new_zone", type_=Text()),
    }
    return update(workspace).where(_ROW.id == integer("workspace")).values(named)


@cache
def _mark(*, is_deletion: bool) -> Executable:
    is_other = _ROW.deleted_at.is_(None) if is_deletion else _ROW.deleted_at.is_not(None)
    return update(workspace).where(_ROW.id == integer("workspace"), is_other).values(deleted_at=integer("at"))


@cache
def _any_event() -> Executable:
    mine = usage_event.c.workspace_id == integer("workspace")
    return select(usage_event.c.request_id).where(mine).limit(number(1))


@cache
def _any_cell() -> Executable:
    row = CELLS["model", "quarter"].c
    return select(row.quarter).where(row.workspace_id == integer("workspace")).limit(number(1))


@cache
def _deleted() -> Executable:
    marked = select(*WORKSPACE, _ROW.deleted_at).where(_ROW.deleted_at.is_not(None))
    marked = marked.order_by(_ROW.created_at, _ROW.id)
    return across_workspaces(marked, "for whoever may touch the database")
