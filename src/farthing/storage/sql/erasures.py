"""Taking an identity out of the dictionary, of requests, of their old versions and of voided ones."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Executable, Table, Text, bindparam, select, update

from farthing.rules.erasure import (
    FIELD_OF,
    Counts,
    Erasure,
    mentions,
    scrubbed,
    scrubbed_event,
    scrubbed_json,
)
from farthing.rules.events import UsageEvent
from farthing.storage.contract import SpentId
from farthing.storage.sql import budgets, codes, erasing_told, incidents, marks, names, spent_ids
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.copy_notes import note_rows
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.holding import holds
from farthing.storage.sql.records import ERASURES
from farthing.storage.sql.retention import require_no_hold
from farthing.storage.sql.schema import NAME_REFS, call_version, name, usage_event, voided_call
from farthing.storage.sql.transaction import Transaction

_KINDS: Final = tuple(
    codes.NAME_KIND[each]
    for each in ("endpoint_tag", "prompt_version", "feature_tag", "user_id", "tenant_id")
)
_ENCODER: Final = msgspec.json.Encoder()
_EVENT: Final = msgspec.json.Decoder(UsageEvent)


async def erase_names(tx: Transaction, before: Erasure) -> Erasure | None:
    """See ErasureStore."""
    next_id = await tx.next_request_ids(0)
    await require_no_hold(tx, before.workspace_id)
    if before.refs is not None:
        return before
    value, own = before.value or "", codes.NAME_KIND[FIELD_OF[before.kind]]
    own_refs = await names.find(tx, before.workspace_id, own, [value])
    texts = dict.fromkeys(own_refs.values(), before.alias)
    if before.in_others:
        params = {"workspace_id": before.workspace_id, "value": value}
        for ref, kind, text in await tx.fetch(_names(), params):
            if kind in _KINDS and ref not in texts and mentions(text, value):
                texts[ref] = scrubbed(text, value, before.alias)
    await names.rename(tx, before.workspace_id, texts)
    await budgets.scrub(tx, before)
    await marks.note_rewrite(tx, before.workspace_id)
    await erasing_told.erase(tx, before)
    await incidents.erase(tx, before.workspace_id, value, before.alias)
    counts = replace(before.counts, names=len(texts))
    refs = tuple(own_refs.values())
    return await ERASURES.change(tx, replace(before, refs=refs, last_request_id=next_id - 1, counts=counts))


async def erase_requests(
    tx: Transaction, store: EventStore, before: Erasure, request_count_max: int
) -> Erasure | None:
    """See ErasureStore."""
    await tx.next_request_ids(0)  # corrections hold this row, too: neither overwrites what the other did
    await require_no_hold(tx, before.workspace_id)
    last = min(before.cursor + request_count_max, before.last_request_id)
    counts = replace(before.counts)
    params = {
        "workspace_id": before.workspace_id,
        "first_id": before.cursor + 1,
        "last_id": last,
        "value": before.value or "",
        "as_json": _ENCODER.encode(before.value or "").decode()[1:-1],
    }
    await _erase_rows(tx, store, before, params, counts)
    for table, column in ((call_version, "before"), (voided_call, "event")):
        await _erase_versions(tx, before, (table, column), params, counts)
    return await ERASURES.change(tx, replace(before, cursor=last, counts=counts))


async def _erase_rows(
    tx: Transaction, store: EventStore, erasure: Erasure, params: dict[str, Any], counts: Counts
) -> None:
    value, alias = erasure.value or "", erasure.alias
    spent: list[SpentId] = []
    for request_id, ref, external_request_id, extra in await tx.fetch(_rows(erasure.kind), params):
        if ref not in (erasure.refs or ()) and not erasure.in_others:
            continue
        new_id = scrubbed(external_request_id, value, alias)
        read = None if extra is None else msgspec.json.decode(extra)
        after = scrubbed_json(read, value, alias)
        if (new_id, after) == (external_request_id, read):
            continue
        counts.requests += 1
        if new_id != external_request_id:
            counts.request_ids += 1
            spent.append(SpentId(external_request_id, request_id))
        changed = {
            "erased_id": request_id,
            "workspace_key": erasure.workspace_id,
            "new_id": new_id,
            "new_extra": None if after is None else _ENCODER.encode(after).decode(),
        }
        await note_rows(tx, erasure.workspace_id, [request_id])
        await tx.execute(_set_row(), changed)
    await spent_ids.spend(tx, erasure.workspace_id, spent, store.hash_id)


async def _erase_versions(
    tx: Transaction, erasure: Erasure, of: tuple[Table, str], params: dict[str, Any], counts: Counts
) -> None:
    """Old versions are kept as JSON, so that is what is read and written. Reasons are people's own words."""
    table, column = of
    is_history = table is call_version
    value = erasure.value or ""
    for request_id, version, body, reason in await tx.fetch(_versions(table, column), params):
        before = _EVENT.decode(body)
        after = scrubbed_event(before, erasure)
        new_reason = scrubbed(reason, value, erasure.alias) if is_history and erasure.in_others else reason
        if (after, new_reason) == (before, reason):
            continue
        counts.versions += 1
        changed = {
            "erased_id": request_id,
            "workspace_key": erasure.workspace_id,
            "new_body": _ENCODER.encode(after).decode(),
        }
        if is_history:
            changed |= {"erased_version": version, "new_reason": new_reason}
        await tx.execute(_set_version(table, column), changed)


@cache
def _names() -> Executable:
    row = name.c
    held = row.workspace_id == integer("workspace_id"), holds(row.text, "value")
    return select(row.id, row.kind, row.text).where(*held)


@cache
def _rows(kind: str) -> Executable:
    row = usage_event.c
    ref = row[NAME_REFS[f"{kind}_id"]]
    return select(row.request_id, ref, row.external_request_id, row.extra).where(
        row.request_id.between(integer("first_id"), integer("last_id")),
        row.workspace_id + number(0) == integer("workspace_id"),
        holds(row.external_request_id, "value") | holds(row.extra, "as_json"),
    )


@cache
def _set_row() -> Executable:
    row = usage_event.c
    mine = row.request_id == integer("erased_id"), row.workspace_id + number(0) == integer("workspace_key")
    values = {
        "external_request_id": bindparam("new_id", type_=Text()),
        "extra": bindparam("new_extra", type_=Text()),
    }
    return update(usage_event).where(*mine).values(values)


@cache
def _versions(table: Table, column: str) -> Executable:
    row = table.c
    is_history = table is call_version
    told = (row.version, row[column], row.reason) if is_history else (number(0), row[column], number(0))
    held = (
        holds(row[column], "as_json") | holds(row.reason, "value")
        if is_history
        else holds(row[column], "as_json")
    )
    return select(row.request_id, *told).where(
        row.workspace_id == integer("workspace_id"),
        row.request_id.between(integer("first_id"), integer("last_id")),
        held,
    )


@cache
def _set_version(table: Table, column: str) -> Executable:
    row = table.c
    mine = [row.request_id == integer("erased_id"), row.workspace_id == integer("workspace_key")]
    values: dict[str, Any] = {column: bindparam("new_body", type_=Text())}
    if table is call_version:
        mine.append(row.version == integer("erased_version"))
        values["reason"] = bindparam("new_reason", type_=Text())
    return update(table).where(*mine).values(values)
