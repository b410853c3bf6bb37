"""Channels in SQL, their secrets in a table of their own."""

from __future__ import annotations

from functools import cache
from typing import Final

import msgspec
from sqlalchemy import Executable, Text, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from farthing.rules.channel import Channel, ChannelSecret
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.sql.cells import integer
from farthing.storage.sql.records import Records
from farthing.storage.sql.schema.outbox import channel, channel_secret
from farthing.storage.sql.transaction import Transaction

CHANNELS: Final = Records(channel, Channel, ("quiet",))
_ENCODER: Final = msgspec.json.Encoder()


async def of_workspace(tx: Transaction, workspace_id: int) -> list[Channel]:
    """Those that were not removed, by name."""
    rows = await tx.fetch(_live(), {"workspace_id": workspace_id})
    return sorted((channel_of(row) for row in rows), key=lambda each: (each.name.casefold(), each.name))


async def one(tx: Transaction, workspace_id: int, channel_id: int) -> Channel | None:
    """One that was not removed."""
    found = await CHANNELS.one(tx, workspace_id, channel_id)
    return None if found is None or found.removed_at is not None else _as_told(found)


async def secret(tx: Transaction, workspace_id: int, channel_id: int) -> ChannelSecret | None:
    """How it is reached."""
    params = {"workspace_id": workspace_id, "channel_id": channel_id}
    rows = await tx.fetch(_secret(), params)
    return msgspec.json.decode(rows[0][0], type=ChannelSecret) if rows else None


async def add(tx: Transaction, new: Channel, its_secret: ChannelSecret) -> Channel:
    """Keep one."""
    await _require_free_name(tx, new)
    added = await CHANNELS.add(tx, new)
    await _put_secret(tx, added, its_secret)
    return added


async def change(tx: Transaction, after: Channel) -> Channel | None:
    """Keep another version; the secret of one that is removed is forgotten."""
    await _require_free_name(tx, after)
    changed = await CHANNELS.change(tx, after)
    if changed is not None and changed.removed_at is not None:
        params = {"workspace_id": after.workspace_id, "channel_id": after.id}
        await tx.execute(_forget_secret(), params)
    return changed


async def set_secret(tx: Transaction, workspace_id: int, channel_id: int, its_secret: ChannelSecret) -> bool:
    """Keep another secret."""
    found = await one(tx, workspace_id, channel_id)
    if found is not None:
        await _put_secret(tx, found, its_secret)
    return found is not None


async def _require_free_name(tx: Transaction, wanted: Channel) -> None:
    """Raises AlreadyExistsError. All changes are made one after the other, so it stays free."""
    for other in await of_workspace(tx, wanted.workspace_id):
        if other.id != wanted.id and other.name == wanted.name and wanted.removed_at is None:
            raise AlreadyExistsError(f"there is a channel {wanted.name!r} in this workspace already")


async def _put_secret(tx: Transaction, of: Channel, its_secret: ChannelSecret) -> None:
    body = _ENCODER.encode(its_secret).decode()
    await tx.execute(_put(), {"channel_id": of.id, "workspace_id": of.workspace_id, "body": body})


def channel_of(row: tuple[object, ...]) -> Channel:
    """A row of `channel` as a Channel."""
    return _as_told(CHANNELS.of(row))


def _as_told(stored: Channel) -> Channel:
    """Truth is a number in the database."""
    return msgspec.structs.replace(stored, is_enabled=bool(stored.is_enabled))


@cache
def _live() -> Executable:
    row = channel.c
    return select(channel).where(row.workspace_id == integer("workspace_id"), row.removed_at.is_(None))


@cache
def _secret() -> Executable:
    row = channel_secret.c
    mine = row.workspace_id == integer("workspace_id"), row.channel_id == integer("channel_id")
    return select(row.body).where(*mine)


@cache
def _forget_secret() -> Executable:
    row = channel_secret.c
    mine = row.workspace_id == integer("workspace_id"), row.channel_id == integer("channel_id")
    return delete(channel_secret).where(*mine)


@cache
def _put() -> Executable:
    row = channel_secret.c
    body = bindparam("body", type_=Text())
    values = {"channel_id": integer("channel_id"), "workspace_id": integer("workspace_id"), "body": body}
    kept = upsert(channel_secret).values(values)
    return kept.on_conflict_do_update(index_elements=[row.channel_id], set_={"body": kept.excluded.body})
