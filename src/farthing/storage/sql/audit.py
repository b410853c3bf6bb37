"""The audit log in SQL: appended to within a change, read by page and from its beginning."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, Executable, Text, bindparam, func, insert, or_, select

from farthing.rules.audit import Entry, NewEntry, entered
from farthing.storage.contract import AuditQuery
from farthing.storage.sql.cells import integer
from farthing.storage.sql.schema import audit_entry
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ENCODER: Final = msgspec.json.Encoder(order="deterministic")
_JSON: Final = ("before", "after")
_ROW: Final = audit_entry.c


async def enter(tx: Transaction, new: NewEntry) -> Entry:
    """Append an entry; whoever calls holds the turn of all writers."""
    last = await tx.fetch(_newest(()), {"workspace_id": new.workspace_id, "row_count": 1})
    entry = entered(new, _entry(last[0]) if last else None)
    values = msgspec.structs.asdict(entry)
    for name in _JSON:
        values[name] = None if values[name] is None else _ENCODER.encode(values[name]).decode()
    await tx.execute(_add(), values)
    return entry


async def entries(tx: Transaction, workspace_id: int, query: AuditQuery, limit: int) -> list[Entry]:
    """Entries that the query asks for, newest first."""
    asked = {name: value for name, value in msgspec.structs.asdict(query).items() if value is not None}
    if "action" in asked:
        asked["first_action"], asked["last_action"] = f"{asked['action']}.", f"{asked['action']}/"
    params = asked | {"workspace_id": workspace_id, "row_count": limit}
    names = tuple(name for name in query.__struct_fields__ if name in asked)
    return [_entry(row) for row in await tx.fetch(_newest(names), params)]


async def heads(tx: Transaction) -> list[Entry]:
    """The last entry of every log, by workspace."""
    return [_entry(row) for row in await tx.fetch(_heads())]


async def chain(tx: Transaction, workspace_id: int, after_seq: int, limit: int) -> list[Entry]:
    """All entries after that one, oldest first."""
    params = {"workspace_id": workspace_id, "after_seq": after_seq, "row_count": limit}
    return [_entry(row) for row in await tx.fetch(_chain(), params)]


def _entry(row: tuple[Any, ...]) -> Entry:
    values = dict(zip(_ROW.keys(), row, strict=True))
    for name in _JSON:
        values[name] = None if values[name] is None else msgspec.json.decode(values[name])
    return Entry(**(values | {"digest": bytes(values["digest"])}))


@cache
def _add() -> Executable:
    return insert(audit_entry).values({each.name: bindparam(each.name, type_=each.type) for each in _ROW})


@cache
def _newest(names: tuple[str, ...]) -> Executable:
    """Newest first, of those that pass the named conditions."""
    passing = [_CONDITIONS[name] for name in names]
    mine = select(audit_entry).where(_ROW.workspace_id == integer("workspace_id"), *passing)
    return mine.order_by(_ROW.seq.desc()).limit(integer("row_count"))


@cache
def _heads() -> Executable:
    last = select(_ROW.workspace_id, func.max(_ROW.seq).label("seq")).group_by(_ROW.workspace_id).subquery()
    is_last = (_ROW.workspace_id == last.c.workspace_id) & (_ROW.seq == last.c.seq)
    every = select(audit_entry).select_from(audit_entry.join(last, is_last)).order_by(_ROW.workspace_id)
    return across_workspaces(every, "the operator verifies all logs")


@cache
def _chain() -> Executable:
    later = _ROW.workspace_id == integer("workspace_id"), _ROW.seq > integer("after_seq")
    return select(audit_entry).where(*later).order_by(_ROW.seq).limit(integer("row_count"))


def _text(name: str) -> Any:
    return bindparam(name, type_=Text())


_CONDITIONS: Final[dict[str, ColumnElement[bool]]] = {
    "actor": _ROW.actor == _text("actor"),
    # A noun stands for all its actions: those between "noun." and "noun/", the sign after the dot.
    "action": or_(
        _ROW.action == _text("action"),
        (_ROW.action >= _text("first_action")) & (_ROW.action < _text("last_action")),
    ),
    "target": _ROW.target == _text("target"),
    "start": _ROW.occurred_at >= integer("start"),
    "end": _ROW.occurred_at < integer("end"),
    "before_seq": _ROW.seq < integer("before_seq"),
}
