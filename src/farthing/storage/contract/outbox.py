"""Channels, and the messages that are on their way to them.

A message is written in the transaction of what it tells of (`OutboxChanges.send`, and in SQL `outbox.add`
within any other transaction), with a delivery for each channel; sending it is left to whoever takes that.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from farthing.rules.channel import Channel, ChannelSecret, Delivery, DeliveryState
from farthing.rules.message import Message, NewMessage


@dataclass(frozen=True)
class DeliveryQuery:
    """Which deliveries; None for any. `before_id` is the last one of the page before."""

    state: DeliveryState | None = None
    channel_id: int | None = None
    before_id: int | None = None
    message_id: int | None = None


@dataclass(frozen=True)
class LoggedDelivery:
    """A delivery, its message, and its channel, which may have been removed."""

    delivery: Delivery
    message: Message
    channel: Channel


class OutboxChanges(Protocol):
    """Changes of channels, and messages to them."""

    async def send(self, new: NewMessage) -> Message | None:
        """Keep a message and a delivery to each of its channels, to be sent from `created_at` on.

        Its channels are what rules.alert_routing says, by the workspace's rules and by what its incident's
        channels were told before: of those who tell of one incident at once, each sees what others did.

        None, and nothing is kept, when the workspace has a message with its `dedupe_key`. Whoever writes the
        same at the same time waits for the other, so that one of them is told None.
        """
        ...

    async def add_channel(self, new: Channel, secret: ChannelSecret) -> Channel:
        """Keep a channel (its `id` is ignored and given).

        Raises AlreadyExistsError when the workspace has one of that name.
        """
        ...

    async def change_channel(self, after: Channel) -> Channel | None:
        """Keep `after` as its next version; None when it was changed since `after` was read.

        One that was removed is there no more, its secret is forgotten. Raises AlreadyExistsError as
        `add_channel`.
        """
        ...

    async def set_channel_secret(self, workspace_id: int, channel_id: int, secret: ChannelSecret) -> bool:
        """Keep another secret; False when the workspace has no such channel."""
        ...

    async def channel_secret(self, workspace_id: int, channel_id: int) -> ChannelSecret | None:
        """See OutboxStore."""
        ...

    async def change_delivery(self, after: Delivery) -> Delivery | None:
        """See OutboxStore."""
        ...


class OutboxStore(Protocol):
    """What there is of them, and what becomes of deliveries."""

    async def channels(self, workspace_id: int) -> list[Channel]:
        """Those of a workspace that were not removed, by name."""
        ...

    async def channel(self, workspace_id: int, channel_id: int) -> Channel | None:
        """One of them."""
        ...

    async def channel_secret(self, workspace_id: int, channel_id: int) -> ChannelSecret | None:
        """How it is reached."""
        ...

    async def due_deliveries(self, now: int, busy_channels: Collection[int], limit: int) -> list[Delivery]:
        """Those of all workspaces to be tried at `now`, the longest due first, but of those channels none."""
        ...

    async def change_delivery(self, after: Delivery) -> Delivery | None:
        """Keep `after` as its next version; None when it was changed since `after` was read."""
        ...

    async def delivery(self, workspace_id: int, delivery_id: int) -> LoggedDelivery | None:
        """One, if the workspace has it."""
        ...

    async def deliveries(self, workspace_id: int, query: DeliveryQuery, limit: int) -> list[LoggedDelivery]:
        """Those of a workspace, newest first."""
        ...

    async def forget_messages(self, before: int) -> int:
        """Drop messages that were made before then, with their deliveries; returns how many messages."""
        ...
