"""Channels and deliveries of a storage on SQL, each method as a transaction of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeVar

from farthing.rules.channel import Channel, ChannelSecret, Delivery
from farthing.storage.contract.outbox import DeliveryQuery, LoggedDelivery
from farthing.storage.sql import channels, outbox
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlOutboxStorage:
    """Keeps `storage.contract.OutboxStore`, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

    async def channels(self, workspace_id: int) -> list[Channel]:
        return await self._read(lambda tx: channels.of_workspace(tx, workspace_id))

    async def channel(self, workspace_id: int, channel_id: int) -> Channel | None:
        return await self._read(lambda tx: channels.one(tx, workspace_id, channel_id))

    async def channel_secret(self, workspace_id: int, channel_id: int) -> ChannelSecret | None:
        return await self._read(lambda tx: channels.secret(tx, workspace_id, channel_id))

    async def due_deliveries(self, now: int, busy_channels: Collection[int], limit: int) -> list[Delivery]:
        return await self._read(lambda tx: outbox.due(tx, now, busy_channels, limit))

    async def change_delivery(self, after: Delivery) -> Delivery | None:
        return await self._write(lambda tx: outbox.DELIVERIES.change(tx, after))

    async def delivery(self, workspace_id: int, delivery_id: int) -> LoggedDelivery | None:
        return await self._read(lambda tx: outbox.one(tx, workspace_id, delivery_id))

    async def deliveries(self, workspace_id: int, query: DeliveryQuery, limit: int) -> list[LoggedDelivery]:
        return await self._read(lambda tx: outbox.log(tx, workspace_id, query, limit))

    async def forget_messages(self, before: int) -> int:
        return await self._write(lambda tx: outbox.forget(tx, before))
