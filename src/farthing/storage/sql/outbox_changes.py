"""Changes of channels, and messages to them, over one transaction."""

from __future__ import annotations

from farthing.rules.channel import Channel, ChannelSecret, Delivery
from farthing.rules.message import Message, NewMessage
from farthing.storage.sql import channels, outbox
from farthing.storage.sql.transaction import Transaction


class SqlOutboxChanges:
    """Keeps `storage.contract.OutboxChanges`, where every method is described."""

    _tx: Transaction

    async def send(self, new: NewMessage) -> Message | None:
        return await outbox.add(self._tx, new)

    async def add_channel(self, new: Channel, secret: ChannelSecret) -> Channel:
        return await channels.add(self._tx, new, secret)

    async def change_channel(self, after: Channel) -> Channel | None:
        return await channels.change(self._tx, after)

    async def set_channel_secret(self, workspace_id: int, channel_id: int, secret: ChannelSecret) -> bool:
        return await channels.set_secret(self._tx, workspace_id, channel_id, secret)

    async def channel_secret(self, workspace_id: int, channel_id: int) -> ChannelSecret | None:
        return await channels.secret(self._tx, workspace_id, channel_id)

    async def change_delivery(self, after: Delivery) -> Delivery | None:
        return await outbox.DELIVERIES.change(self._tx, after)
