"""Structs that are kept a row each, and changed only by whoever has seen their last version."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from msgspec.structs import asdict, replace
from sqlalchemy import Column, Executable, Table, bindparam, insert, select, update

from farthing.rules.channel import Channel, Delivery
from farthing.rules.deletion import Deletion
from farthing.rules.erasure import Erasure
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.job import Job
from farthing.rules.repricing import Repricing
from farthing.rules.saved_view import SavedView
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import deletion, erasure, job, repricing
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

R = TypeVar("R", Job, Repricing, Erasure, Deletion, Channel, Delivery, ExportSchedule, SavedView)


class Records(Generic[R]):
    """The rows of a table whose columns are the fields of a struct, those of `as_json` as JSON."""

    def __init__(self, table: Table, of: type[R], as_json: tuple[str, ...]) -> None:
        self._table = table
        self._of: type[R] = of
        self._as_json = as_json
        self._types = {field.name: field.type for field in msgspec.structs.fields(of)}

    async def add(self, tx: Transaction, record: R) -> R:
        """Keep a new one; its `id` is ignored and given."""
        ((row_id,),) = await tx.fetch(_add(self._table), self._values(record))
        return replace(record, id=int(row_id))

    async def one(self, tx: Transaction, workspace_id: int, record_id: int) -> R | None:
        """The one with this id, if the workspace has it."""
        params = {"workspace_id": workspace_id, "record_id": record_id}
        return next((self.of(row) for row in await tx.fetch(_one(self._table), params)), None)

    async def newest(self, tx: Transaction, workspace_id: int, limit: int) -> list[R]:
        """Those of a workspace, newest first."""
        params = {"workspace_id": workspace_id, "row_count": limit}
        return [self.of(row) for row in await tx.fetch(_newest(self._table), params)]

    async def change(self, tx: Transaction, after: R, only: tuple[str, ...] = ()) -> R | None:
        """Keep `after`, as a further version; None when it was changed since `after` was read.

        With `only`, nothing but these fields has changed: the others are not written again.
        """
        columns = (*only, "version") if only else tuple(column.name for column in _kept(self._table))
        values = self._values(after) | {"version": after.version + 1}
        place = {"record_workspace": after.workspace_id, "record_id": after.id, "seen": after.version}
        params = {name: values[name] for name in columns} | place
        changed = await tx.execute(_change(self._table, columns), params)
        return replace(after, version=after.version + 1) if changed else None

    def of(self, row: tuple[Any, ...]) -> R:
        """A row, in the order of the table's columns, as the struct."""
        values = dict(zip(self._table.columns.keys(), row, strict=True))
        for name in self._as_json:
            if values[name] is not None:
                values[name] = msgspec.json.decode(values[name], type=self._types[name])
        record: R = self._of(**values)
        return record

    def _values(self, record: R) -> dict[str, Any]:
        values = asdict(record)
        for name in self._as_json:
            if values[name] is not None:
                values[name] = msgspec.json.encode(values[name]).decode()
        return values


JOBS = Records(job, Job, ("request", "result"))
ERASURES = Records(erasure, Erasure, ("refs", "counts", "before", "after"))
REPRICINGS = Records(repricing, Repricing, ("scope", "preview", "applied", "cursor"))
DELETIONS = Records(deletion, Deletion, ("deleted", "real_before", "real_after"))


async def jobs_of(tx: Transaction, workspace_id: int, kind: str, limit: int) -> list[Job]:
    """Those of a workspace that are of the kind, newest first."""
    params = {"workspace_id": workspace_id, "kind": kind, "row_count": limit}
    return [JOBS.of(row) for row in await tx.fetch(_jobs_of(), params)]


async def unfinished_jobs(tx: Transaction) -> list[Job]:
    """All that are not ended, oldest first."""
    return [JOBS.of(row) for row in await tx.fetch(_unfinished())]


async def repricings_in(tx: Transaction, workspace_id: int, states: Collection[str]) -> list[Repricing]:
    """Those of a workspace that are in one of the states, newest first."""
    params = {"workspace_id": workspace_id, "states": sorted(states)}
    return [REPRICINGS.of(row) for row in await tx.fetch(_repricings_in(), params)]


def _kept(table: Table) -> list[Column[Any]]:
    return [column for column in table.columns if column.name != "id"]


@lru_cache
def _add(table: Table) -> Executable:
    values = {column.name: bindparam(column.name, type_=column.type) for column in _kept(table)}
    return insert(table).values(values).returning(table.c.id)


@lru_cache
def _one(table: Table) -> Executable:
    row = table.c
    return select(table).where(row.workspace_id == integer("workspace_id"), row.id == integer("record_id"))


@lru_cache
def _newest(table: Table) -> Executable:
    row = table.c
    of = select(table).where(row.workspace_id == integer("workspace_id"))
    return of.order_by(row.id.desc()).limit(integer("row_count"))


@lru_cache
def _change(table: Table, columns: tuple[str, ...]) -> Executable:
    row = table.c
    values = {name: bindparam(name, type_=row[name].type) for name in columns}
    mine = row.workspace_id == integer("record_workspace"), row.id == integer("record_id")
    return update(table).where(*mine, row.version == integer("seen")).values(values)


@lru_cache
def _repricings_in() -> Executable:
    row = repricing.c
    of = select(repricing).where(row.workspace_id == integer("workspace_id"), among(row.state, "states"))
    return of.order_by(row.id.desc())


@lru_cache
def _jobs_of() -> Executable:
    row = job.c
    of = select(job).where(row.workspace_id == integer("workspace_id"), row.kind == bindparam("kind"))
    return of.order_by(row.id.desc()).limit(integer("row_count"))


@lru_cache
def _unfinished() -> Executable:
    waiting = select(job).where(job.c.finished_at.is_(None)).order_by(job.c.id).limit(number(1_000))
    return across_workspaces(waiting, "whoever runs jobs runs those of all")
