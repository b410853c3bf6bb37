"""What workspaces say of alerts, how incidents stand, and what summaries are made of, in SQL."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, Executable, Text, bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.alert_routing import NEW_INCIDENT, Standing, most_severe
from farthing.rules.alert_settings import AlertSettings
from farthing.rules.message import Alert, Handling, Message, NewMessage
from farthing.rules.workspace_policy import WorkspacePolicy
from farthing.storage.sql import messages
from farthing.storage.sql.cells import integer
from farthing.storage.sql.marks import note_policy
from farthing.storage.sql.members import among, not_among
from farthing.storage.sql.schema.alerts import (
    alert_incident,
    alert_mark,
    alert_settings,
    digest_item,
    workspace_policy,
)
from farthing.storage.sql.schema.outbox import message
from farthing.storage.sql.schema.people import workspace
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_ENCODER: Final = msgspec.json.Encoder()
_INCIDENT: Final = ("workspace_id", "incident_key", "standing", "last_at")


async def settings(tx: Transaction, workspace_id: int) -> AlertSettings:
    """What a workspace has said."""
    rows = await tx.fetch(_settings(), {"workspace_id": workspace_id})
    if not rows:
        return AlertSettings(workspace_id=workspace_id)
    return msgspec.json.decode(rows[0][0], type=AlertSettings)


async def all_settings(tx: Transaction) -> list[AlertSettings]:
    """What all workspaces have said that are there."""
    rows = await tx.fetch(_all_settings())
    return [msgspec.json.decode(body, type=AlertSettings) for (body,) in rows]


async def keep_settings(tx: Transaction, after: AlertSettings) -> AlertSettings | None:
    """Keep another version, and drop what no summary is made of any more."""
    kept = msgspec.structs.replace(after, version=after.version + 1)
    place = {"workspace_id": after.workspace_id, "version": kept.version}
    body = _ENCODER.encode(kept).decode()
    if not await tx.execute(_keep_settings(), place | {"body": body, "seen": after.version}):
        return None
    left = [rule.id for rule in after.rules if rule.mode != "immediate"]
    await tx.execute(_drop_items(), {"workspace_id": after.workspace_id, "rule_ids": left})
    return kept


async def take(tx: Transaction, new: NewMessage) -> Standing:
    """How an incident stands; until this transaction ends, nobody else learns or changes that."""
    if new.incident_key is None:
        return NEW_INCIDENT
    params = {
        "workspace_id": new.workspace_id,
        "incident_key": new.incident_key,
        "standing": _ENCODER.encode(NEW_INCIDENT).decode(),
        "last_at": new.created_at,
    }
    ((body,),) = await tx.fetch(_take(), params)
    return msgspec.json.decode(body, type=Standing)


async def keep(tx: Transaction, new: NewMessage, standing: Standing) -> None:
    """Keep how it stands now."""
    await _keep_standing(tx, new.workspace_id, new.incident_key or "", standing)


async def _keep_standing(tx: Transaction, workspace_id: int, incident_key: str, standing: Standing) -> None:
    body = _ENCODER.encode(standing).decode()
    params = {"workspace_id": workspace_id, "incident_key": incident_key, "standing": body}
    await tx.execute(_keep(), params)


async def handle(tx: Transaction, workspace_id: int, alert_id: int, handling: Handling) -> Alert | None:
    """Note what a person has made of an alert and of its incident."""
    found = await messages.alert(tx, workspace_id, alert_id)
    if found is None:
        return None
    key = found.message.incident_key
    if key is not None:
        await _handle_standing(tx, workspace_id, key, handling)
    await messages.handle(tx, found.message, handling)
    return msgspec.structs.replace(found, handling=handling)


async def handle_all(tx: Transaction, workspace_id: int, incident_key: str, handling: Handling) -> None:
    """Note what a person has made of an incident, for its alerts."""
    await _handle_standing(tx, workspace_id, incident_key, handling)
    await messages.handle_all(tx, workspace_id, incident_key, handling)


async def _handle_standing(tx: Transaction, workspace_id: int, key: str, handling: Handling) -> None:
    rows = await tx.fetch(_standing(), {"workspace_id": workspace_id, "incident_key": key})
    if rows:
        severity = most_severe(await messages.severities(tx, workspace_id, key))
        before = msgspec.json.decode(rows[0][0], type=Standing)
        await _keep_standing(tx, workspace_id, key, handled(before, severity, handling))


def handled(before: Standing, severity: str, handling: Handling) -> Standing:
    """How an incident stands after a person has seen to what it came to."""
    is_open = handling.acknowledged_at is None and handling.snoozed_until is None
    return msgspec.structs.replace(
        before,
        handled=None if is_open else severity,
        handled_by=handling.by,
        handled_until=handling.snoozed_until,
    )


async def take_digest(tx: Transaction, workspace_id: int, rule_id: int) -> list[Message]:
    """What was collected, oldest first; it is collected no more."""
    params = {"workspace_id": workspace_id, "rule_id": rule_id}
    found = [messages.message_of(row) for row in await tx.fetch(_collected(), params)]
    taken = params | {"message_ids": [each.id for each in found]}
    await tx.execute(_take_items(), taken)
    return found


async def marks(tx: Transaction, workspace_id: int, names: Collection[str]) -> dict[str, int]:
    """Those of the names that are there."""
    params = {"workspace_id": workspace_id, "names": sorted(names)}
    return dict(await tx.fetch(_marks(), params))


async def move_mark(tx: Transaction, workspace_id: int, name: str, before: int | None, after: int) -> bool:
    """Move a mark on, if it is where it is thought to be."""
    params = {"workspace_id": workspace_id, "name": name, "at": after}
    if before is None:
        return bool(await tx.execute(_add_mark(), params))
    return bool(await tx.execute(_move_mark(), params | {"before": before}))


async def policy(tx: Transaction, workspace_id: int) -> WorkspacePolicy:
    """Whether what the workspace decides is enforced."""
    rows = await tx.fetch(_policy(), {"workspace_id": workspace_id})
    names = workspace_policy.c.keys()
    return WorkspacePolicy(
        **(dict(zip(names, rows[0], strict=True)) if rows else {"workspace_id": workspace_id})
    )


async def keep_policy(tx: Transaction, after: WorkspacePolicy) -> WorkspacePolicy | None:
    """Keep another version."""
    kept = msgspec.structs.replace(after, version=after.version + 1)
    changed = await tx.execute(_keep_policy(), msgspec.structs.asdict(kept) | {"seen": after.version})
    await note_policy(tx, after.workspace_id)
    return kept if changed else None


async def observing(tx: Transaction) -> frozenset[int]:
    """The workspaces in which nothing is enforced."""
    return frozenset(workspace_id for (workspace_id,) in await tx.fetch(_observing()))


async def forget(tx: Transaction, before: int) -> None:
    """Drop incidents that nobody has told of since then."""
    await tx.execute(_forget(), {"before": before})


def _incident() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    row = alert_incident.c
    of = row.incident_key == bindparam("incident_key", type_=Text())
    return row.workspace_id == integer("workspace_id"), of


@cache
def _settings() -> Executable:
    row = alert_settings.c
    return select(row.body).where(row.workspace_id == integer("workspace_id"))


@cache
def _all_settings() -> Executable:
    row = alert_settings.c
    joined = alert_settings.join(workspace, workspace.c.id == row.workspace_id)
    found = select(row.body).select_from(joined).where(workspace.c.deleted_at.is_(None))
    return across_workspaces(found.order_by(row.workspace_id), "whoever sends summaries sends those of all")


@cache
def _keep_settings() -> Executable:
    row = alert_settings.c
    values = {"workspace_id": integer("workspace_id"), "body": bindparam("body", type_=Text())}
    kept = upsert(alert_settings).values(values | {"version": integer("version")})
    return kept.on_conflict_do_update(
        index_elements=[row.workspace_id],
        set_={"body": kept.excluded.body, "version": kept.excluded.version},
        where=row.version == integer("seen"),
    )


@cache
def _drop_items() -> Executable:
    row = digest_item.c
    mine = row.workspace_id == integer("workspace_id")
    return delete(digest_item).where(mine, not_among(row.rule_id, "rule_ids"))


@cache
def _take() -> Executable:
    row = alert_incident.c
    values = {name: bindparam(name, type_=row[name].type) for name in _INCIDENT}
    taken = upsert(alert_incident).values(values)
    return taken.on_conflict_do_update(
        index_elements=[row.workspace_id, row.incident_key], set_={"last_at": taken.excluded.last_at}
    ).returning(row.standing)


@cache
def _standing() -> Executable:
    return select(alert_incident.c.standing).where(*_incident())


@cache
def _keep() -> Executable:
    return update(alert_incident).where(*_incident()).values(standing=bindparam("standing", type_=Text()))


@cache
def _collected() -> Executable:
    item = digest_item.c
    same = (item.message_id == message.c.id) & (item.workspace_id == message.c.workspace_id)
    mine = item.workspace_id == integer("workspace_id"), item.rule_id == integer("rule_id")
    found = select(*messages.COLUMNS).select_from(digest_item.join(message, same))
    return found.where(*mine).order_by(message.c.id)


@cache
def _take_items() -> Executable:
    item = digest_item.c
    mine = item.workspace_id == integer("workspace_id"), item.rule_id == integer("rule_id")
    return delete(digest_item).where(*mine, among(item.message_id, "message_ids"))


@cache
def _marks() -> Executable:
    row = alert_mark.c
    mine = row.workspace_id == integer("workspace_id")
    return select(row.name, row.at).where(mine, among(row.name, "names"))


@cache
def _add_mark() -> Executable:
    values = {name: bindparam(name, type_=alert_mark.c[name].type) for name in ("workspace_id", "name", "at")}
    keys = [alert_mark.c.workspace_id, alert_mark.c.name]
    return upsert(alert_mark).values(values).on_conflict_do_nothing(index_elements=keys)


@cache
def _move_mark() -> Executable:
    row = alert_mark.c
    mine = row.workspace_id == integer("workspace_id"), row.name == bindparam("name", type_=Text())
    return update(alert_mark).where(*mine, row.at == integer("before")).values(at=integer("at"))


@cache
def _policy() -> Executable:
    row = workspace_policy.c
    return select(workspace_policy).where(row.workspace_id == integer("workspace_id"))


@cache
def _keep_policy() -> Executable:
    row = workspace_policy.c
    values = {each.name: bindparam(each.name, type_=each.type) for each in row}
    kept = upsert(workspace_policy).values(values)
    return kept.on_conflict_do_update(
        index_elements=[row.workspace_id],
        set_={name: kept.excluded[name] for name in values if name != "workspace_id"},
        where=row.version == integer("seen"),
    )


@cache
def _observing() -> Executable:
    row = workspace_policy.c
    found = select(row.workspace_id).where(row.observed_since.is_not(None))
    return across_workspaces(found, "servers look at those of all")


@cache
def _forget() -> Executable:
    old = delete(alert_incident).where(alert_incident.c.last_at < integer("before"))
    return across_workspaces(old, "what is old is forgotten everywhere")
