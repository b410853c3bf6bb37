"""Exports that are made by themselves, in SQL, their secrets in a table of their own."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, Text, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.export_schedule import BucketSecret, ExportSchedule
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.sql.cells import integer
from farthing.storage.sql.records import Records
from farthing.storage.sql.schema.export_schedules import export_schedule, export_secret
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

SCHEDULES: Final = Records(export_schedule, ExportSchedule, ("dimensions", "filters", "destination"))


async def of_workspace(tx: Transaction, workspace_id: int) -> list[ExportSchedule]:
    """Those that were not removed, by name."""
    rows = await tx.fetch(_live(), {"workspace_id": workspace_id})
    return sorted(map(_read, rows), key=lambda each: (each.name.casefold(), each.name))


async def ever_of(tx: Transaction, workspace_id: int) -> list[ExportSchedule]:
    """All that a workspace has ever had."""
    return [_read(row) for row in await tx.fetch(_ever(), {"workspace_id": workspace_id})]


async def one(tx: Transaction, workspace_id: int, schedule_id: int) -> ExportSchedule | None:
    """One that was not removed."""
    found = await SCHEDULES.one(tx, workspace_id, schedule_id)
    return None if found is None or found.removed_at is not None else _as_told(found)


async def due(tx: Transaction, now: int, limit: int) -> list[ExportSchedule]:
    """Those of all workspaces that are due."""
    return [_read(row) for row in await tx.fetch(_due(), {"now": now, "row_count": limit})]


async def secret(tx: Transaction, workspace_id: int, schedule_id: int) -> BucketSecret | None:
    """What requests are signed with."""
    params = {"workspace_id": workspace_id, "schedule_id": schedule_id}
    rows = await tx.fetch(_secret(), params)
    return msgspec.json.decode(rows[0][0], type=BucketSecret) if rows else None


async def add(tx: Transaction, new: ExportSchedule, its_secret: BucketSecret | None) -> ExportSchedule:
    """Keep one."""
    await _require_free_name(tx, new)
    added = await SCHEDULES.add(tx, new)
    if its_secret is not None:
        await _put_secret(tx, added, its_secret)
    return added


async def change(tx: Transaction, after: ExportSchedule) -> ExportSchedule | None:
    """Keep another version; the secret of one that is removed is forgotten."""
    await _require_free_name(tx, after)
    changed = await SCHEDULES.change(tx, after)
    if changed is not None and changed.removed_at is not None:
        params = {"workspace_id": after.workspace_id, "schedule_id": after.id}
        await tx.execute(_forget_secret(), params)
    return changed


async def set_secret(tx: Transaction, workspace_id: int, schedule_id: int, its_secret: BucketSecret) -> bool:
    """Keep another secret."""
    found = await one(tx, workspace_id, schedule_id)
    if found is not None:
        await _put_secret(tx, found, its_secret)
    return found is not None


async def _require_free_name(tx: Transaction, wanted: ExportSchedule) -> None:
    """Raises AlreadyExistsError. All changes are made one after the other, so it stays free."""
    for other in await of_workspace(tx, wanted.workspace_id):
        if other.id != wanted.id and other.name == wanted.name and wanted.removed_at is None:
            raise AlreadyExistsError(f"there is a scheduled export {wanted.name!r} in this workspace already")


async def _put_secret(tx: Transaction, of: ExportSchedule, its_secret: BucketSecret) -> None:
    body = msgspec.json.encode(its_secret).decode()
    await tx.execute(_put(), {"schedule_id": of.id, "workspace_id": of.workspace_id, "body": body})


def _read(row: tuple[Any, ...]) -> ExportSchedule:
    return _as_told(SCHEDULES.of(row))


def _as_told(stored: ExportSchedule) -> ExportSchedule:
    """Truth is a number in the database."""
    return msgspec.structs.replace(stored, is_enabled=bool(stored.is_enabled))


@cache
def _live() -> Executable:
    row = export_schedule.c
    mine = row.workspace_id == integer("workspace_id"), row.removed_at.is_(None)
    return select(export_schedule).where(*mine)


@cache
def _ever() -> Executable:
    return select(export_schedule).where(export_schedule.c.workspace_id == integer("workspace_id"))


@cache
def _due() -> Executable:
    row = export_schedule.c
    # As the index says it, so that one that is off or removed costs nothing.
    on = row.removed_at.is_(None), row.is_enabled == 1, row.next_at <= integer("now")
    found = select(export_schedule).where(*on).order_by(row.next_at, row.id).limit(integer("row_count"))
    return across_workspaces(found, "whoever exports by itself exports for all")


def _mine() -> tuple[Any, ...]:
    row = export_secret.c
    return row.workspace_id == integer("workspace_id"), row.schedule_id == integer("schedule_id")


@cache
def _secret() -> Executable:
    return select(export_secret.c.body).where(*_mine())


@cache
def _forget_secret() -> Executable:
    return delete(export_secret).where(*_mine())


@cache
def _put() -> Executable:
    row = export_secret.c
    body = bindparam("body", type_=Text())
    values = {"schedule_id": integer("schedule_id"), "workspace_id": integer("workspace_id"), "body": body}
    kept = upsert(export_secret).values(values)
    return kept.on_conflict_do_update(index_elements=[row.schedule_id], set_={"body": kept.excluded.body})
