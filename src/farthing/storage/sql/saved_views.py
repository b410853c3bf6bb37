"""Views that people saved, in SQL."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, or_, select

from farthing.rules.saved_view import SavedView, have_one_name, is_seen_by
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.sql.cells import integer
from farthing.storage.sql.records import Records
from farthing.storage.sql.schema.saved_views import saved_view
from farthing.storage.sql.transaction import Transaction

VIEWS: Final = Records(saved_view, SavedView, ("question",))


async def seen_by(tx: Transaction, workspace_id: int, user_id: int, *, pinned_only: bool) -> list[SavedView]:
    """Those that a person sees, by name."""
    params = {"workspace_id": workspace_id, "user_id": user_id}
    found = [_read(row) for row in await tx.fetch(_pinned() if pinned_only else _seen(), params)]
    return sorted(found, key=lambda each: (each.name.casefold(), each.name, each.id))


async def ever_of(tx: Transaction, workspace_id: int) -> list[SavedView]:
    """All that a workspace has ever had."""
    return [_read(row) for row in await tx.fetch(_ever(), {"workspace_id": workspace_id})]


async def one(tx: Transaction, workspace_id: int, user_id: int, view_id: int) -> SavedView | None:
    """One that a person sees."""
    found = await VIEWS.one(tx, workspace_id, view_id)
    return _as_told(found) if found is not None and is_seen_by(found, user_id) else None


async def add(tx: Transaction, new: SavedView) -> SavedView:
    """Keep one."""
    await _require_free_name(tx, new)
    return await VIEWS.add(tx, new)


async def change(tx: Transaction, after: SavedView) -> SavedView | None:
    """Keep another version."""
    await _require_free_name(tx, after)
    return await VIEWS.change(tx, after)


async def rewrite(tx: Transaction, after: SavedView) -> None:
    """Keep another version, whatever its name: an erasure may make two that are alike."""
    await VIEWS.change(tx, after)


async def _require_free_name(tx: Transaction, wanted: SavedView) -> None:
    """Raises AlreadyExistsError. All changes are made one after the other, so it stays free."""
    if wanted.removed_at is not None:
        return
    others = await seen_by(tx, wanted.workspace_id, wanted.created_by, pinned_only=False)
    if any(have_one_name(wanted, other) for other in others):
        raise AlreadyExistsError(f"there is a saved view {wanted.name!r} in this workspace already")


def _read(row: tuple[Any, ...]) -> SavedView:
    return _as_told(VIEWS.of(row))


def _as_told(stored: SavedView) -> SavedView:
    """Truth is a number in the database."""
    flags = {"is_shared": bool(stored.is_shared), "is_pinned": bool(stored.is_pinned)}
    return msgspec.structs.replace(stored, **flags)


def _of_person() -> tuple[Any, ...]:
    row = saved_view.c
    mine = or_(row.is_shared == 1, row.created_by == integer("user_id"))
    return row.workspace_id == integer("workspace_id"), row.removed_at.is_(None), mine


@cache
def _seen() -> Executable:
    return select(saved_view).where(*_of_person())


@cache
def _pinned() -> Executable:
    # As the index says it, so that a workspace without any costs one look.
    return select(saved_view).where(*_of_person(), saved_view.c.is_pinned == 1)


@cache
def _ever() -> Executable:
    return select(saved_view).where(saved_view.c.workspace_id == integer("workspace_id"))
