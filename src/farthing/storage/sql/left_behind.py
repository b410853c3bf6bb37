"""What corrected test and demo calls leave behind when they go: earlier versions, and voided calls."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Executable, Table, delete, exists, select

from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.doomed import EVERYBODY
from farthing.storage.sql.members import among
from farthing.storage.sql.schema import call_version, spent_id, usage_event, voided_call
from farthing.storage.sql.transaction import Params, Transaction


async def forget(tx: Transaction, params: Params) -> None:
    """Delete both, and let the ids of voided calls be used again; people correct few calls."""
    voided = [request_id for (request_id,) in await tx.fetch(_voided(), params)]
    if voided:
        gone = {"workspace_id": params["workspace_id"], "request_ids": voided}
        await tx.execute(_free_ids(), gone)
        await tx.execute(_drop_voided(), gone)
    await tx.execute(_drop_versions(), params)


def _doomed(table: Table) -> list[Any]:
    row = table.c
    return [
        row.workspace_id == integer("workspace_id"),
        row.data_mode == integer("data_mode"),
        (integer("owner_id") == number(EVERYBODY)) | (row.owner_id == integer("owner_id")),
        row.request_id <= integer("last_id"),
    ]


@cache
def _voided() -> Executable:
    return select(voided_call.c.request_id).where(*_doomed(voided_call))


@cache
def _free_ids() -> Executable:
    row = spent_id.c
    mine = row.workspace_id == integer("workspace_id")
    return delete(spent_id).where(mine, among(row.request_id, "request_ids"))


@cache
def _drop_voided() -> Executable:
    row = voided_call.c
    mine = row.workspace_id == integer("workspace_id")
    return delete(voided_call).where(mine, among(row.request_id, "request_ids"))


@cache
def _drop_versions() -> Executable:
    """Not of a call that is there: it has become real, or another owner's, since."""
    row, event = call_version.c, usage_event.c
    same = event.request_id == row.request_id, event.workspace_id == row.workspace_id
    return delete(call_version).where(*_doomed(call_version), ~exists().where(*same))
