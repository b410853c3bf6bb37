"""Calls that are amended, voided and restored: the row, what it adds to sums, its history, its id; at once.

A voided call leaves the events altogether, so that no read has to leave it out, and its id is spent. Past
versions are kept as JSON: they need no names and rate cards that others may change or remove.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import Executable, bindparam, delete, func, insert, select, update

from farthing.rules.correction import Correction, StoredCall
from farthing.rules.events import UsageEvent
from farthing.rules.periods import QUARTER_MS
from farthing.storage.contract import SpentId
from farthing.storage.sql import codes, marks, repricings, retention, shares, spent_ids
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.copy_notes import note_rows
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.removals import is_there
from farthing.storage.sql.rows import COLUMNS
from farthing.storage.sql.schema import call_version, usage_event, voided_call
from farthing.storage.sql.transaction import Transaction

_KEPT: Final = ("request_id", "workspace_id", "external_hash", "external_request_id")
"""What no correction changes of a row."""
_LAST_ID: Final = (1 << 63) - 1
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final = msgspec.json.Decoder(UsageEvent)


async def correct(tx: Transaction, store: EventStore, correction: Correction, after: UsageEvent) -> bool:
    """See CallChanges; the transaction holds the row of the request ids. Raises SumOverflowError."""
    workspace_id, request_id = correction.workspace_id, correction.request_id
    found = await one(tx, store, workspace_id, request_id)
    is_to_be_voided = correction.kind == "restored"
    if found is None or (found.version, found.event) != (correction.version, correction.before):
        return False
    if found.is_voided != is_to_be_voided:
        return False
    before = await shares.share_of(tx, workspace_id, request_id)
    if correction.kind == "voided":
        await _void(tx, store, request_id, found.event)
    elif correction.kind == "restored":
        if not await _restore(tx, store, request_id, after):
            return False
    else:
        await _amend(tx, store, request_id, after)
    await store.budgets.rewritten(tx, workspace_id, _counted(correction, found.event, after), correction.at)
    await shares.move(tx, workspace_id, before, await shares.share_of(tx, workspace_id, request_id))
    await tx.execute(_keep(), _kept(correction))
    await marks.note_correction(tx, workspace_id)
    await marks.note_name_move(tx, workspace_id)
    await repricings.pass_over(tx, workspace_id, request_id)
    return True


def _counted(correction: Correction, before: UsageEvent, after: UsageEvent) -> list[tuple[int, UsageEvent]]:
    """What counts no more, and what counts now."""
    if correction.kind == "voided":
        return [(-1, before)]
    return [(1, after)] if correction.kind == "restored" else [(-1, before), (1, after)]


async def _void(tx: Transaction, store: EventStore, request_id: int, event: UsageEvent) -> None:
    values = {"request_id": request_id, "event": _ENCODER.encode(event).decode(), **_scope(event)}
    await tx.execute(_add_voided(), values)
    await note_rows(tx, event.workspace_id, [request_id])
    await tx.execute(_remove(), {"request_id": request_id, "workspace_id": event.workspace_id})
    spent = [SpentId(event.external_request_id, request_id)]
    await spent_ids.spend(tx, event.workspace_id, spent, store.hash_id)


async def _restore(tx: Transaction, store: EventStore, request_id: int, event: UsageEvent) -> bool:
    if not await store.insert_again(tx, await store.row(tx, request_id, event)):
        return False
    await note_rows(tx, event.workspace_id, [request_id])
    external_request_id = event.external_request_id
    await spent_ids.restore(tx, event.workspace_id, external_request_id, store.hash_id(external_request_id))
    await tx.execute(_unvoid(), {"request_id": request_id, "workspace_id": event.workspace_id})
    return True


async def _amend(tx: Transaction, store: EventStore, request_id: int, event: UsageEvent) -> None:
    row = dict(zip(COLUMNS, await store.row(tx, request_id, event), strict=True))
    values = {f"new_{name}": value for name, value in row.items() if name not in _KEPT}
    await note_rows(tx, event.workspace_id, [request_id])
    await tx.execute(_update(), {"corrected_id": request_id, "workspace_key": event.workspace_id, **values})
    # It may now be of a data mode that is kept for a shorter time, whose rows of then are gone already.
    await retention.note_late(tx, {event.workspace_id: [event.occurred_at // QUARTER_MS]}, request_id)


async def one(tx: Transaction, store: EventStore, workspace_id: int, request_id: int) -> StoredCall | None:
    """A call of the workspace, voided or not."""
    version, corrected_at = await _version(tx, workspace_id, request_id)
    there = await store.by_number(tx, workspace_id, [request_id])
    event = there[request_id].event if there else await _voided_one(tx, workspace_id, request_id)
    if event is None:
        return None
    kept = await retention.read(tx, workspace_id)
    if event.occurred_at < kept[event.data_mode].kept.raw_from:
        return None
    return StoredCall(
        request_id=request_id,
        event=event,
        version=version,
        corrected_at=corrected_at,
        is_voided=not there,
    )


async def by_external_id(
    tx: Transaction, store: EventStore, workspace_id: int, external_request_id: str
) -> StoredCall | None:
    """The call that holds its sender's id, voided or not."""
    request_id = await store.number_of(tx, workspace_id, external_request_id)
    if request_id is None:
        wanted = {external_request_id: store.hash_id(external_request_id)}
        spent = await spent_ids.find(tx, workspace_id, wanted, 0)
        request_id = spent.get(external_request_id)
    return None if request_id is None else await one(tx, store, workspace_id, request_id)


async def history(tx: Transaction, workspace_id: int, request_id: int) -> list[Correction]:
    """All corrections of a call, oldest first."""
    params = {"workspace_id": workspace_id, "request_id": request_id}
    return [
        Correction(
            workspace_id=workspace_id,
            request_id=request_id,
            version=version,
            kind=kind,
            at=at,
            by=by,
            via=via,
            reason=reason,
            before=_DECODER.decode(before),
        )
        for version, kind, at, by, via, reason, before in await tx.fetch(_history(), params)
    ]


async def voided(tx: Transaction, workspace_id: int, limit: int, below: int | None) -> list[StoredCall]:
    """Voided calls of the workspace by request id, descending."""
    params = {"workspace_id": workspace_id, "below": below or _LAST_ID, "row_count": limit}
    calls = []
    kept = await retention.read(tx, workspace_id)
    params |= {f"since_{mode}": each.kept.raw_from for mode, each in kept.items()}
    for request_id, body in await tx.fetch(_voided(), params):
        version, at = await _version(tx, workspace_id, request_id)
        event = _DECODER.decode(body)
        call = StoredCall(
            request_id=request_id, event=event, version=version, corrected_at=at, is_voided=True
        )
        calls.append(call)
    return calls


async def _version(tx: Transaction, workspace_id: int, request_id: int) -> tuple[int, int | None]:
    """The version of a call, and when it began."""
    params = {"workspace_id": workspace_id, "request_id": request_id}
    ((last, at),) = await tx.fetch(_last(), params)
    return (last or 0) + 1, at


async def _voided_one(tx: Transaction, workspace_id: int, request_id: int) -> UsageEvent | None:
    rows = await tx.fetch(_voided_event(), {"workspace_id": workspace_id, "request_id": request_id})
    return _DECODER.decode(rows[0][0]) if rows else None


def _scope(event: UsageEvent) -> dict[str, int]:
    """The columns by which a call is found when it is to be deleted."""
    return {
        "workspace_id": event.workspace_id,
        "occurred_at": event.occurred_at,
        "owner_id": event.owner_id,
        "data_mode": codes.DATA_MODE[event.data_mode],
    }


def _kept(correction: Correction) -> dict[str, Any]:
    return {
        "request_id": correction.request_id,
        "version": correction.version,
        **_scope(correction.before),
        "kind": correction.kind,
        "at": correction.at,
        "made_by": correction.by,
        "via": correction.via,
        "reason": correction.reason,
        "before": _ENCODER.encode(correction.before).decode(),
    }


@cache
def _keep() -> Executable:
    values = {column.name: bindparam(column.name, type_=column.type) for column in call_version.columns}
    return insert(call_version).values(values)


@cache
def _add_voided() -> Executable:
    values = {column.name: bindparam(column.name, type_=column.type) for column in voided_call.columns}
    return insert(voided_call).values(values)


@cache
def _remove() -> Executable:
    row = usage_event.c
    mine = row.workspace_id + number(0) == integer("workspace_id"), row.request_id == integer("request_id")
    return delete(usage_event).where(*mine)


@cache
def _unvoid() -> Executable:
    row = voided_call.c
    mine = row.workspace_id == integer("workspace_id"), row.request_id == integer("request_id")
    return delete(voided_call).where(*mine)


@cache
def _update() -> Executable:
    row = usage_event.c
    new = {name: bindparam(f"new_{name}", type_=row[name].type) for name in COLUMNS if name not in _KEPT}
    mine = row.request_id == integer("corrected_id"), row.workspace_id + number(0) == integer("workspace_key")
    return update(usage_event).where(*mine).values(new)


@cache
def _last() -> Executable:
    row = call_version.c
    mine = row.request_id == integer("request_id"), row.workspace_id == integer("workspace_id")
    return select(func.max(row.version), func.max(row.at)).where(*mine)


@cache
def _history() -> Executable:
    row = call_version.c
    told = (row.version, row.kind, row.at, row.made_by, row.via, row.reason, row.before)
    mine = row.request_id == integer("request_id"), row.workspace_id == integer("workspace_id")
    return select(*told).where(*mine).order_by(row.version)


@cache
def _voided_event() -> Executable:
    row = voided_call.c
    mine = row.request_id == integer("request_id"), row.workspace_id == integer("workspace_id")
    return select(row.event).where(*mine)


@cache
def _voided() -> Executable:
    row = voided_call.c
    mine = (
        row.workspace_id == integer("workspace_id"),
        row.request_id < integer("below"),
        is_there(voided_call),
    )
    return (
        select(row.request_id, row.event)
        .where(*mine)
        .order_by(row.request_id.desc())
        .limit(integer("row_count"))
    )
