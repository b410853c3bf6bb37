"""Channels that tests add, messages that they send there, and what became of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from farthing.actions.channels.channel_fields import NewChannel
from farthing.actions.channels.deliver import deliver
from farthing.actions.channels.manage_channels import MadeChannel, add_channel
from farthing.rules.channel import Delivery
from farthing.rules.message import Message
from farthing.storage.contract import DeliveryQuery
from tests.contract.outbox import message
from tests.installations import Installed
from tests.storages import Changed


async def webhook(made: Installed, url: str, name: str = "hook", **fields: Any) -> MadeChannel:
    """A webhook of the workspace."""
    return await add_channel(made.parts, made.asker, NewChannel(name=name, kind="webhook", url=url, **fields))


async def told(made: Installed, dedupe_key: str = "one", **fields: Any) -> Message:
    """A message of the workspace, told now."""
    now = made.clock.now()
    fields = {"workspace_id": made.membership.workspace.id, "created_at": now} | fields
    kept: Message | None = await Changed(made.parts.storage).send(replace(message(dedupe_key), **fields))
    assert kept is not None
    return kept


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Wait until something holds; TimeoutError if it does not within that time."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.02)


async def deliver_due(made: Installed) -> int:
    """Make every attempt that is due now; how many deliveries that were."""
    due = await made.parts.storage.due_deliveries(made.clock.now(), (), 100)
    for each in due:
        await deliver(made.parts, each)
    return len(due)


async def log_of(made: Installed) -> list[Delivery]:
    """All deliveries of the workspace, oldest first."""
    logged = await made.parts.storage.deliveries(made.membership.workspace.id, DeliveryQuery(), 1_000)
    return [each.delivery for each in reversed(logged)]


async def the_delivery(made: Installed) -> Delivery:
    """The only one."""
    (only,) = await log_of(made)
    return only
