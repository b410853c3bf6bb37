"""Incidents, mutes and watched places in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Executable, LargeBinary, Table, Text, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.changes import Where
from farthing.rules.erasure import scrubbed
from farthing.rules.kept_incident import KeptIncident, Mute, Watch, renamed, renamed_place
from farthing.rules.watching import Learnt
from farthing.storage.contract.incidents import IncidentQuery
from farthing.storage.sql.cells import integer
from farthing.storage.sql.holding import holds
from farthing.storage.sql.inserting import columns, insert
from farthing.storage.sql.schema.incidents import incident, incident_mute, watch, watched_place
from farthing.storage.sql.transaction import Transaction

_PEOPLES: Final = ("acknowledged_by", "acknowledged_at", "snoozed_until", "muted_until", "version")
_WATCHERS: Final = ("signal", "last_at", "ended_at", "body")
_WATCH: Final = Watch.__struct_fields__
_JSON: Final = msgspec.json.Encoder()
_INCIDENT: Final = msgspec.json.Decoder(KeptIncident)
_PLACE: Final = msgspec.json.Decoder(Where)
_PACK: Final = msgspec.msgpack.Encoder()
_LEARNT: Final = msgspec.msgpack.Decoder(Learnt)


async def watch_of(tx: Transaction, workspace_id: int) -> Watch | None:
    """How a workspace is watched."""
    rows = await tx.fetch(_watch(), {"workspace_id": workspace_id})
    return Watch(**dict(zip(_WATCH, rows[0], strict=True))) if rows else None


async def keep_watch(tx: Transaction, after: Watch) -> Watch | None:
    """Keep the next version."""
    kept = replace(after, version=after.version + 1)
    values = msgspec.structs.asdict(kept)
    if after.version == 0:
        return kept if await tx.execute(_begin_watch(), values) else None
    place = {"watch_workspace": after.workspace_id, "seen": after.version}
    del values["workspace_id"]
    return kept if await tx.execute(_next_watch(), values | place) else None


async def learnt(tx: Transaction, workspace_id: int) -> list[Learnt]:
    """What is known of the places of a workspace."""
    return [_LEARNT.decode(body) for (body,) in await tx.fetch(_learnt(), {"workspace_id": workspace_id})]


async def keep_learnt(
    tx: Transaction, workspace_id: int, learnt: Sequence[Learnt], forget_before: int
) -> None:
    """Keep what was learnt, and forget what was not learnt again for long."""
    rows = [
        {
            "workspace_id": workspace_id,
            "place": place_text(each.place),
            "learnt_at": each.learnt_at,
            "body": _PACK.encode(each),
        }
        for each in learnt
    ]
    if rows:
        await tx.execute_many(_keep_learnt(), rows)
    await tx.execute(_forget_learnt(), {"workspace_key": workspace_id, "before": forget_before})


async def add(tx: Transaction, new: KeptIncident) -> KeptIncident:
    """Keep a new one."""
    values = _values(new) | {name: getattr(new, name) for name in _PEOPLES}
    return replace(new, id=await insert(tx, incident, values))


async def update_watched(tx: Transaction, after: KeptIncident) -> None:
    """Keep what whoever watches has of it."""
    values = _values(after)
    params = {name: values[name] for name in _WATCHERS}
    await tx.execute(_change(_WATCHERS, is_seen=False), params | _place_of(after))


async def mark(tx: Transaction, after: KeptIncident) -> KeptIncident | None:
    """Keep what is people's of it."""
    kept = replace(after, version=after.version + 1)
    params = {name: getattr(kept, name) for name in _PEOPLES} | {"seen": after.version}
    changed = await tx.execute(_change(_PEOPLES, is_seen=True), params | _place_of(after))
    return kept if changed else None


async def one(tx: Transaction, workspace_id: int, incident_id: int) -> KeptIncident | None:
    """One of a workspace."""
    params = {"workspace_id": workspace_id, "incident_id": incident_id, "row_count": 1}
    rows = await tx.fetch(_incidents(("incident_id",)), params)
    return _read(rows[0]) if rows else None


async def newest(tx: Transaction, workspace_id: int, query: IncidentQuery, limit: int) -> list[KeptIncident]:
    """Those that the query asks for, newest first."""
    asked = {name: value for name, value in vars(query).items() if value is not None}
    state = asked.pop("state", None)
    params = asked | {"workspace_id": workspace_id, "row_count": limit}
    names = (*asked, *(() if state is None else (state,)))
    return [_read(row) for row in await tx.fetch(_incidents(names), params)]


async def lively(tx: Transaction, workspace_id: int, ended_after: int) -> list[KeptIncident]:
    """Those that go on or ended lately."""
    params = {"workspace_id": workspace_id, "ended_after": ended_after}
    return [_read(row) for row in await tx.fetch(_lively(), params)]


async def add_mute(tx: Transaction, new: Mute) -> Mute:
    """Keep a mute."""
    values = {name: getattr(new, name) for name in columns(incident_mute)}
    return replace(new, id=await insert(tx, incident_mute, values | {"place": place_text(new.place)}))


async def end_mute(tx: Transaction, workspace_id: int, mute_id: int, at: int) -> bool:
    """Let one hold no longer."""
    params = {"workspace_key": workspace_id, "mute_id": mute_id, "at": at}
    return bool(await tx.execute(_end_mute(), params))


async def mutes(tx: Transaction, workspace_id: int, at: int) -> list[Mute]:
    """Those that hold."""
    rows = await tx.fetch(_mutes(), {"workspace_id": workspace_id, "at": at})
    named = [dict(zip(incident_mute.c.keys(), row, strict=True)) for row in rows]
    return [Mute(**(each | {"place": _PLACE.decode(each["place"])})) for each in named]


async def erase(tx: Transaction, workspace_id: int, value: str, alias: str) -> None:
    """Put the alias in the place of an identity wherever incidents and mutes name it; forget its places."""
    rename = partial(scrubbed, value=value, alias=alias)
    held = {"workspace_id": workspace_id, "as_json": _JSON.encode(value).decode()[1:-1]}
    for row in await tx.fetch(_naming(incident, "body"), held):
        await update_watched(tx, renamed(_read(row), rename))
    for row in await tx.fetch(_naming(incident_mute, "place"), held):
        named = dict(zip(incident_mute.c.keys(), row, strict=True))
        place = place_text(renamed_place(_PLACE.decode(named["place"]), rename))
        params = {"workspace_key": workspace_id, "mute_id": named["id"], "new_place": place}
        await tx.execute(_move_mute(), params)
    await tx.execute(_forget_naming(), held)


def place_text(place: Where) -> str:
    """A place as the text that it is found by."""
    return _JSON.encode(place).decode()


def _values(of: KeptIncident) -> dict[str, Any]:
    what = of.what
    return {
        "workspace_id": of.workspace_id,
        "family": what.family,
        "signal": of.signal,
        "opened_at": what.opened_at,
        "last_at": what.last_at,
        "ended_at": what.ended_at,
        "body": _JSON.encode(replace(of, **dict.fromkeys(_PEOPLES[:-1]))).decode(),
    }


def _place_of(of: KeptIncident) -> dict[str, int]:
    return {"incident_workspace": of.workspace_id, "incident_id": of.id}


def _read(row: tuple[Any, ...]) -> KeptIncident:
    values = dict(zip(incident.c.keys(), row, strict=True))
    peoples = {name: values[name] for name in (*_PEOPLES, "id")}
    return replace(_INCIDENT.decode(values["body"]), **peoples)


@cache
def _watch() -> Executable:
    return select(watch).where(watch.c.workspace_id == integer("workspace_id"))


@cache
def _begin_watch() -> Executable:
    new = upsert(watch).values({name: integer(name) for name in _WATCH})
    return new.on_conflict_do_nothing(index_elements=["workspace_id"])


@cache
def _next_watch() -> Executable:
    mine = watch.c.workspace_id == integer("watch_workspace"), watch.c.version == integer("seen")
    names = [name for name in _WATCH if name != "workspace_id"]
    return update(watch).where(*mine).values({name: integer(name) for name in names})


@cache
def _learnt() -> Executable:
    row = watched_place.c
    return select(row.body).where(row.workspace_id == integer("workspace_id"))


@cache
def _keep_learnt() -> Executable:
    new = upsert(watched_place).values(
        workspace_id=integer("workspace_id"),
        place=bindparam("place", type_=Text()),
        learnt_at=integer("learnt_at"),
        body=bindparam("body", type_=LargeBinary()),
    )
    later = {"learnt_at": new.excluded.learnt_at, "body": new.excluded.body}
    return new.on_conflict_do_update(index_elements=["workspace_id", "place"], set_=later)


@cache
def _forget_learnt() -> Executable:
    row = watched_place.c
    mine = row.workspace_id == integer("workspace_key"), row.learnt_at < integer("before")
    return delete(watched_place).where(*mine)


@cache
def _change(names: tuple[str, ...], *, is_seen: bool) -> Executable:
    row = incident.c
    mine = [row.workspace_id == integer("incident_workspace"), row.id == integer("incident_id")]
    if is_seen:
        mine.append(row.version == integer("seen"))
    values = {name: bindparam(name, type_=row[name].type) for name in names}
    return update(incident).where(*mine).values(values)


_CONDITIONS: Final = {
    "incident_id": incident.c.id == integer("incident_id"),
    "before_id": incident.c.id < integer("before_id"),
    "signal": incident.c.signal == bindparam("signal", type_=Text()),
    "since": incident.c.last_at >= integer("since"),
    "open": incident.c.ended_at.is_(None) & incident.c.acknowledged_at.is_(None),
    "acknowledged": incident.c.ended_at.is_(None) & incident.c.acknowledged_at.is_not(None),
    "closed": incident.c.ended_at.is_not(None),
}


@cache
def _incidents(names: tuple[str, ...]) -> Executable:
    mine = incident.c.workspace_id == integer("workspace_id")
    found = select(incident).where(mine, *(_CONDITIONS[name] for name in names))
    return found.order_by(incident.c.id.desc()).limit(integer("row_count"))


@cache
def _lively() -> Executable:
    row = incident.c
    is_lively = or_(row.ended_at.is_(None), row.ended_at > integer("ended_after"))
    mine = select(incident).where(row.workspace_id == integer("workspace_id"), is_lively)
    return mine.order_by(row.id)


@cache
def _naming(table: Table, column: str) -> Executable:
    row = table.c
    return select(table).where(row.workspace_id == integer("workspace_id"), holds(row[column], "as_json"))


@cache
def _move_mute() -> Executable:
    row = incident_mute.c
    mine = row.workspace_id == integer("workspace_key"), row.id == integer("mute_id")
    return update(incident_mute).where(*mine).values(place=bindparam("new_place", type_=Text()))


@cache
def _forget_naming() -> Executable:
    row = watched_place.c
    mine = row.workspace_id == integer("workspace_id"), holds(row.place, "as_json")
    return delete(watched_place).where(*mine)


@cache
def _end_mute() -> Executable:
    row = incident_mute.c
    mine = row.workspace_id == integer("workspace_key"), row.id == integer("mute_id")
    return update(incident_mute).where(*mine, row.until > integer("at")).values(until=integer("at"))


@cache
def _mutes() -> Executable:
    row = incident_mute.c
    mine = row.workspace_id == integer("workspace_id"), row.until > integer("at")
    return select(incident_mute).where(*mine).order_by(row.id)
