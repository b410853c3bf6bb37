"""Channels, messages and deliveries of the in-memory storage."""

from __future__ import annotations

from collections.abc import Collection
from uuid import uuid4

from msgspec.structs import replace

from farthing.rules.alert_routing import route
from farthing.rules.alert_settings import rules_in_force
from farthing.rules.channel import Channel, ChannelSecret, Delivery
from farthing.rules.message import Message, NewMessage, kept
from farthing.storage.contract import AlreadyExistsError
from farthing.storage.contract.outbox import DeliveryQuery, LoggedDelivery
from farthing.storage.memory.alerts import MemoryAlerts
from farthing.storage.memory.jobs import Versions


class MemoryOutbox(MemoryAlerts):
    """Keeps `OutboxStore`, and `OutboxChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._channels: Versions[Channel] = Versions()
        self._channel_secrets: dict[int, ChannelSecret] = {}
        self._messages: dict[int, Message] = {}
        self._last_message: dict[str, int] = {"id": 0, "delivery": 0}
        self._deliveries: dict[int, Delivery] = {}

    async def send(self, new: NewMessage) -> Message | None:
        known = {(each.workspace_id, each.dedupe_key) for each in self._messages.values()}
        if (new.workspace_id, new.dedupe_key) in known:
            return None
        enabled = [each.id for each in await self.channels(new.workspace_id) if each.is_enabled]
        rules = rules_in_force(await self.alert_settings(new.workspace_id))
        way = route(new, rules, enabled, self._standing(new))
        made = kept(new, self._next("id"))
        self._messages[made.id] = made
        self._keep_alert(new, made, way)
        for channel_id in way.channel_ids:
            self._deliver(made, channel_id)
        return made

    def _deliver(self, of: Message, channel_id: int) -> None:
        new = Delivery(
            id=self._next("delivery"),
            workspace_id=of.workspace_id,
            message_id=of.id,
            channel_id=channel_id,
            key=str(uuid4()),
            next_at=of.created_at,
            created_at=of.created_at,
        )
        self._deliveries[new.id] = new

    def _next(self, what: str) -> int:
        self._last_message[what] += 1
        return self._last_message[what]

    async def add_channel(self, new: Channel, secret: ChannelSecret) -> Channel:
        await self._require_free_name(new)
        added = self._channels.add(new)
        self._channel_secrets[added.id] = secret
        return added

    async def change_channel(self, after: Channel) -> Channel | None:
        await self._require_free_name(after)
        if self._channels.one(after.workspace_id, after.id) is None:
            return None
        changed = self._channels.change(after)
        if changed is not None and changed.removed_at is not None:
            self._channel_secrets.pop(after.id, None)
        return changed

    async def _require_free_name(self, wanted: Channel) -> None:
        for other in await self.channels(wanted.workspace_id):
            if other.id != wanted.id and other.name == wanted.name and wanted.removed_at is None:
                raise AlreadyExistsError(f"there is a channel {wanted.name!r} in this workspace already")

    async def set_channel_secret(self, workspace_id: int, channel_id: int, secret: ChannelSecret) -> bool:
        if await self.channel(workspace_id, channel_id) is None:
            return False
        self._channel_secrets[channel_id] = secret
        return True

    async def channels(self, workspace_id: int) -> list[Channel]:
        self.require_open()
        mine = [each for each in self._channels.all() if each.workspace_id == workspace_id]
        return sorted((each for each in mine if each.removed_at is None), key=by_name)

    async def channel(self, workspace_id: int, channel_id: int) -> Channel | None:
        self.require_open()
        found = self._channels.one(workspace_id, channel_id)
        return None if found is None or found.removed_at is not None else found

    async def channel_secret(self, workspace_id: int, channel_id: int) -> ChannelSecret | None:
        found = await self.channel(workspace_id, channel_id)
        return None if found is None else self._channel_secrets.get(channel_id)

    async def due_deliveries(self, now: int, busy_channels: Collection[int], limit: int) -> list[Delivery]:
        self.require_open()
        waiting = [
            (each.next_at, each.id)
            for each in self._deliveries.values()
            if each.next_at is not None and each.next_at <= now and each.channel_id not in busy_channels
        ]
        return [self._deliveries[delivery_id] for _, delivery_id in sorted(waiting)[:limit]]

    async def change_delivery(self, after: Delivery) -> Delivery | None:
        self.require_open()
        stored = self._deliveries.get(after.id)
        if stored is None or (stored.workspace_id, stored.version) != (after.workspace_id, after.version):
            return None
        self._deliveries[after.id] = replace(after, version=after.version + 1)
        return self._deliveries[after.id]

    async def delivery(self, workspace_id: int, delivery_id: int) -> LoggedDelivery | None:
        self.require_open()
        found = self._deliveries.get(delivery_id)
        return None if found is None or found.workspace_id != workspace_id else self._logged(found)

    async def deliveries(self, workspace_id: int, query: DeliveryQuery, limit: int) -> list[LoggedDelivery]:
        self.require_open()
        found = [
            self._logged(each)
            for each in reversed(self._deliveries.values())
            if each.workspace_id == workspace_id and _passes(each, query)
        ]
        return found[:limit]

    def _logged(self, delivery: Delivery) -> LoggedDelivery:
        return LoggedDelivery(
            delivery, self._messages[delivery.message_id], self._channels[delivery.channel_id]
        )

    async def forget_messages(self, before: int) -> int:
        self.require_open()
        old = {each.id for each in self._messages.values() if each.created_at < before}
        self._messages = {key: each for key, each in self._messages.items() if key not in old}
        self._deliveries = {key: each for key, each in self._deliveries.items() if each.message_id not in old}
        self._forget_alerts(old)
        return len(old)


def by_name(channel: Channel) -> tuple[str, str]:
    """How channels are listed."""
    return channel.name.casefold(), channel.name


def _passes(delivery: Delivery, query: DeliveryQuery) -> bool:
    return (
        query.state in (None, delivery.state)
        and query.channel_id in (None, delivery.channel_id)
        and query.message_id in (None, delivery.message_id)
        and (query.before_id is None or delivery.id < query.before_id)
    )
