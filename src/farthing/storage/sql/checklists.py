"""Checklists that are done with, in SQL."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Executable, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import checklist_end
from farthing.storage.sql.transaction import Transaction

_ROW: Final = checklist_end.c


async def ended_at(tx: Transaction, workspace_id: int, user_id: int) -> int | None:
    """Since when the person has done with it."""
    rows = await tx.fetch(_of_person(), _key(workspace_id, user_id))
    return int(rows[0][0]) if rows else None


async def end(tx: Transaction, workspace_id: int, user_id: int, at: int) -> None:
    """Note it, unless it is noted."""
    await tx.execute(_end(), _key(workspace_id, user_id) | {"ended_at": at})


async def resume(tx: Transaction, workspace_id: int, user_id: int) -> bool:
    """Forget it."""
    return bool(await tx.execute(_resume(), _key(workspace_id, user_id)))


def _key(workspace_id: int, user_id: int) -> dict[str, Any]:
    return {"workspace": workspace_id, "person": user_id}


def _is_it() -> tuple[ColumnElement[bool], ...]:
    return _ROW.workspace_id == integer("workspace"), _ROW.person_id == integer("person")


@cache
def _of_person() -> Executable:
    return select(_ROW.ended_at).where(*_is_it())


@cache
def _end() -> Executable:
    values = {
        "workspace_id": integer("workspace"),
        "person_id": integer("person"),
        "ended_at": integer("ended_at"),
    }
    return upsert(checklist_end).values(values).on_conflict_do_nothing()


@cache
def _resume() -> Executable:
    return delete(checklist_end).where(*_is_it())
