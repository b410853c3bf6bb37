"""Rows of `message`: what was told, and what people have made of it in the inbox."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, Executable, Text, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.alert_kinds import is_report
from farthing.rules.alert_routing import Route
from farthing.rules.message import Alert, Fact, Handling, Message, NewMessage, kept
from farthing.storage.contract.alerts import AlertQuery
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema.outbox import message
from farthing.storage.sql.transaction import Transaction

_ENCODER: Final = msgspec.json.Encoder()
_TOLD: Final = tuple(name for name in Message.__struct_fields__ if name != "window")
_ROW: Final = message.c
COLUMNS: Final = (*(_ROW[name] for name in _TOLD), _ROW.window_start, _ROW.window_end)
"""What `message_of` reads, in its order."""
_ALERT: Final = (
    *COLUMNS,
    _ROW.cooldown_applied,
    _ROW.dedupe_applied,
    _ROW.acknowledged_at,
    _ROW.snoozed_until,
    _ROW.handled_by,
)


async def insert(tx: Transaction, new: NewMessage, way: Route) -> int | None:
    """Keep it; its id, or None when the workspace has one with its key."""
    values = msgspec.structs.asdict(kept(new, 0))
    start, end = values.pop("window") or (None, None)
    values |= {name: _ENCODER.encode(values[name]).decode() for name in ("facts", "data", "filters")}
    values |= {"window_start": start, "window_end": end}
    values |= {"cooldown_applied": int(way.cooldown_applied), "dedupe_applied": int(way.dedupe_applied)}
    handling = first_handling(new, way)
    values |= {
        "acknowledged_at": handling.acknowledged_at,
        "snoozed_until": handling.snoozed_until,
        "handled_by": handling.by,
    }
    del values["id"]
    rows = await tx.fetch(_insert(), values)
    return int(rows[0][0]) if rows else None


def first_handling(new: NewMessage, way: Route) -> Handling:
    """What a new message is in the inbox: open, unless its incident is handled or it is a report."""
    if is_report(new.kind):
        return Handling(acknowledged_at=new.created_at)
    if not way.dedupe_applied:
        return Handling()
    by, until = way.standing.handled_by, way.standing.handled_until
    return Handling(acknowledged_at=new.created_at if until is None else None, snoozed_until=until, by=by)


def message_of(row: tuple[Any, ...]) -> Message:
    """A row of COLUMNS."""
    *told, start, end = row
    values = dict(zip(_TOLD, told, strict=True))
    values["facts"] = msgspec.json.decode(values["facts"], type=tuple[Fact, ...])
    values["data"] = msgspec.json.decode(values["data"])
    values["filters"] = msgspec.json.decode(values["filters"], type=tuple[tuple[str, str], ...])
    return Message(**values, window=None if start is None else (start, end))


def _alert_of(row: tuple[Any, ...]) -> Alert:
    told, (cooldown, dedupe, acknowledged_at, snoozed_until, by) = row[: len(COLUMNS)], row[len(COLUMNS) :]
    handling = Handling(acknowledged_at=acknowledged_at, snoozed_until=snoozed_until, by=by)
    return Alert(
        message=message_of(told),
        cooldown_applied=bool(cooldown),
        dedupe_applied=bool(dedupe),
        handling=handling,
    )


async def alert(tx: Transaction, workspace_id: int, alert_id: int) -> Alert | None:
    """One of a workspace."""
    params = {"workspace_id": workspace_id, "alert_id": alert_id, "row_count": 1}
    return next((_alert_of(row) for row in await tx.fetch(_alerts(("alert_id",)), params)), None)


async def alerts(tx: Transaction, workspace_id: int, query: AlertQuery, limit: int) -> list[Alert]:
    """Those that the query asks for, newest first."""
    asked = {name: value for name, value in vars(query).items() if value is not None}
    names = tuple(query.state if name == "state" else name for name in asked if name != "now")
    params = {name: value for name, value in asked.items() if name != "state"}
    if query.state in (None, "acknowledged"):
        del params["now"]
    rows = await tx.fetch(_alerts(names), params | {"workspace_id": workspace_id, "row_count": limit})
    return [_alert_of(row) for row in rows]


async def open_count(tx: Transaction, workspace_id: int, now: int, at_most: int) -> int:
    """How many are open, up to so many."""
    params = {"workspace_id": workspace_id, "now": now, "row_count": at_most}
    return int((await tx.fetch(_open_count(), params))[0][0])


async def severities(tx: Transaction, workspace_id: int, incident_key: str) -> list[Any]:
    """Those of the messages of an incident."""
    params = {"workspace_id": workspace_id, "incident_key": incident_key}
    return [severity for (severity,) in await tx.fetch(_severities(), params)]


async def handle(tx: Transaction, of: Message, handling: Handling) -> None:
    """Note what was made of a message, or of all of its incident."""
    if of.incident_key is not None:
        await handle_all(tx, of.workspace_id, of.incident_key, handling)
        return
    await tx.execute(_handle(False), {"alert_id": of.id, **_handled(of.workspace_id, handling)})


async def handle_all(tx: Transaction, workspace_id: int, incident_key: str, handling: Handling) -> None:
    """Note what was made of an incident."""
    params = {"incident_key": incident_key, **_handled(workspace_id, handling)}
    await tx.execute(_handle(True), params)


def _handled(workspace_id: int, handling: Handling) -> dict[str, Any]:
    return {
        "workspace_id": workspace_id,
        "acknowledged_at": handling.acknowledged_at,
        "snoozed_until": handling.snoozed_until,
        "handled_by": handling.by,
    }


_OPEN: Final = _ROW.acknowledged_at.is_(None) & or_(
    _ROW.snoozed_until.is_(None), _ROW.snoozed_until <= integer("now")
)
_CONDITIONS: Final = {
    "alert_id": _ROW.id == integer("alert_id"),
    "kind": _ROW.kind == bindparam("kind", type_=Text()),
    "severity": _ROW.severity == bindparam("severity", type_=Text()),
    "since": _ROW.created_at >= integer("since"),
    "before_id": _ROW.id < integer("before_id"),
    "open": _OPEN,
    "acknowledged": _ROW.acknowledged_at.is_not(None),
    "snoozed": _ROW.acknowledged_at.is_(None) & (_ROW.snoozed_until > integer("now")),
}


@cache
def _insert() -> Executable:
    values = {each.name: bindparam(each.name, type_=each.type) for each in message.c if each.name != "id"}
    once = upsert(message).values(values)
    keys = [message.c.workspace_id, message.c.dedupe_key]
    return once.on_conflict_do_nothing(index_elements=keys).returning(message.c.id)


@cache
def _alerts(names: tuple[str, ...]) -> Executable:
    mine = _ROW.workspace_id == integer("workspace_id")
    found = select(*_ALERT).where(mine, *(_CONDITIONS[name] for name in names))
    return found.order_by(_ROW.id.desc()).limit(integer("row_count"))


@cache
def _open_count() -> Executable:
    mine = _ROW.workspace_id == integer("workspace_id")
    some = select(number(1)).select_from(message).where(mine, _OPEN).limit(integer("row_count"))
    return select(func.count()).select_from(some.subquery())


@cache
def _severities() -> Executable:
    of = _ROW.incident_key == bindparam("incident_key", type_=Text())
    return select(_ROW.severity).where(_ROW.workspace_id == integer("workspace_id"), of).distinct()


@cache
def _handle(is_incident: bool) -> Executable:  # noqa: FBT001 - the key of the cache
    which = (
        _ROW.incident_key == bindparam("incident_key", type_=Text())
        if is_incident
        else _ROW.id == integer("alert_id")
    )
    names = ("acknowledged_at", "snoozed_until", "handled_by")
    values = {name: bindparam(name, type_=BigInteger()) for name in names}
    mine = _ROW.workspace_id == integer("workspace_id")
    return update(message).where(mine, which).values(values)
