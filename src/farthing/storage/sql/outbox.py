"""Messages and their deliveries in SQL. `add` works within any transaction that may write."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Final
from uuid import uuid4

import msgspec
from sqlalchemy import Executable, Table, Text, bindparam, delete, exists, select

from farthing.rules.alert_routing import Route, route
from farthing.rules.alert_settings import rules_in_force
from farthing.rules.channel import Delivery
from farthing.rules.message import Message, NewMessage, kept
from farthing.storage.contract.outbox import DeliveryQuery, LoggedDelivery
from farthing.storage.sql import alert_state, messages
from farthing.storage.sql.cells import integer
from farthing.storage.sql.channels import channel_of
from farthing.storage.sql.inserting import insertion
from farthing.storage.sql.members import among
from farthing.storage.sql.records import Records
from farthing.storage.sql.schema.alerts import digest_item
from farthing.storage.sql.schema.outbox import channel, delivery, message
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

DELIVERIES: Final = Records(delivery, Delivery, ())
_DELIVERY: Final = Delivery.__struct_fields__


async def add(tx: Transaction, new: NewMessage) -> Message | None:
    """Keep a message with a delivery to each of its channels; None when it is there (OutboxChanges.send).

    An incident's row is taken before anything else is read of it, so that whoever tells of the same waits.
    """
    standing = await alert_state.take(tx, new)
    rules = rules_in_force(await alert_state.settings(tx, new.workspace_id))
    enabled = [int(row[0]) for row in await tx.fetch(_enabled(), {"workspace_id": new.workspace_id})]
    way = route(new, rules, enabled, standing)
    message_id = await messages.insert(tx, new, way)
    if message_id is None:
        return None
    if way.standing != standing:
        await alert_state.keep(tx, new, way.standing)
    made = kept(new, message_id)
    await _send_on(tx, made, way)
    return made


async def _send_on(tx: Transaction, made: Message, way: Route) -> None:
    if way.channel_ids:
        await tx.execute_many(insertion(delivery), [_new_delivery(made, each) for each in way.channel_ids])
    if way.digests:
        items = [(made.workspace_id, rule_id, made.id) for rule_id in way.digests]
        await tx.execute_many(
            insertion(digest_item), [dict(zip(digest_item.c.keys(), item, strict=True)) for item in items]
        )


def _new_delivery(of: Message, channel_id: int) -> dict[str, Any]:
    new = Delivery(
        workspace_id=of.workspace_id,
        message_id=of.id,
        channel_id=channel_id,
        key=str(uuid4()),
        next_at=of.created_at,
        created_at=of.created_at,
    )
    values = msgspec.structs.asdict(new)
    del values["id"]
    return values


async def due(tx: Transaction, now: int, busy_channels: Collection[int], limit: int) -> list[Delivery]:
    """What is to be tried now."""
    params = {"now": now, "busy": sorted(busy_channels), "row_count": limit}
    return [DELIVERIES.of(row) for row in await tx.fetch(_due(), params)]


async def one(tx: Transaction, workspace_id: int, delivery_id: int) -> LoggedDelivery | None:
    """One of a workspace."""
    params = {"workspace_id": workspace_id, "delivery_id": delivery_id}
    rows = await tx.fetch(_logged(("delivery_id",)), params | {"row_count": 1})
    return _read(rows[0]) if rows else None


async def log(tx: Transaction, workspace_id: int, query: DeliveryQuery, limit: int) -> list[LoggedDelivery]:
    """Those that the query asks for, newest first."""
    asked = {name: value for name, value in vars(query).items() if value is not None}
    params = asked | {"workspace_id": workspace_id, "row_count": limit}
    return [_read(row) for row in await tx.fetch(_logged(tuple(asked)), params)]


async def forget(tx: Transaction, before: int) -> int:
    """Drop messages with their deliveries."""
    params = {"before": before}
    for table in (delivery, digest_item):
        await tx.execute(_forget_of_messages(table), params)
    await alert_state.forget(tx, before)
    return await tx.execute(_forget_messages(), {"before": before})


def _read(row: tuple[Any, ...]) -> LoggedDelivery:
    """A row of delivery, message and channel, beside each other."""
    split, end = len(_DELIVERY), len(_DELIVERY) + len(messages.COLUMNS)
    of = messages.message_of(row[split:end])
    return LoggedDelivery(DELIVERIES.of(row[:split]), of, channel_of(row[end:]))


@cache
def _enabled() -> Executable:
    row = channel.c
    live = row.workspace_id == integer("workspace_id"), row.removed_at.is_(None), row.is_enabled != 0
    return select(row.id).where(*live).order_by(row.id)


@cache
def _due() -> Executable:
    row = delivery.c
    waiting = row.next_at.is_not(None), row.next_at <= integer("now"), ~among(row.channel_id, "busy")
    found = select(delivery).where(*waiting).order_by(row.next_at, row.id).limit(integer("row_count"))
    return across_workspaces(found, "whoever sends sends those of all")


_CONDITIONS: Final = {
    "delivery_id": delivery.c.id == integer("delivery_id"),
    "state": delivery.c.state == bindparam("state", type_=Text()),
    "channel_id": delivery.c.channel_id == integer("channel_id"),
    "message_id": delivery.c.message_id == integer("message_id"),
    "before_id": delivery.c.id < integer("before_id"),
}


@cache
def _logged(names: tuple[str, ...]) -> Executable:
    """Newest first, of those that pass the named conditions, each with its message and channel."""
    of, to = message.c.id == delivery.c.message_id, channel.c.id == delivery.c.channel_id
    joined = delivery.join(message, of & (message.c.workspace_id == delivery.c.workspace_id))
    joined = joined.join(channel, to & (channel.c.workspace_id == delivery.c.workspace_id))
    found = select(delivery, *messages.COLUMNS, channel).select_from(joined)
    mine = delivery.c.workspace_id == integer("workspace_id")
    found = found.where(mine, *(_CONDITIONS[name] for name in names))
    return found.order_by(delivery.c.id.desc()).limit(integer("row_count"))


@cache
def _forget_of_messages(table: Table) -> Executable:
    is_old = (message.c.id == table.c.message_id) & (message.c.created_at < integer("before"))
    old = delete(table).where(exists().where(is_old))
    return across_workspaces(old, "what is old is forgotten everywhere")


@cache
def _forget_messages() -> Executable:
    old = delete(message).where(message.c.created_at < integer("before"))
    return across_workspaces(old, "what is old is forgotten everywhere")
