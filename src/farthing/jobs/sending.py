"""Messages being sent, a few at once, in every process that serves.

Each delivery is taken by one process, which has it for as long as an attempt may take; what a process that
died had taken is sent again, with the same key. A receiver that hangs holds up its own messages alone.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from farthing.actions.channels.deliver import deliver
from farthing.actions.parts import Parts
from farthing.rules.channel import Delivery
from farthing.storage.contract import StorageError

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 1.0
_AT_ONCE_MAX: Final = 8
_OF_CHANNEL_MAX: Final = 2
_DRAIN_SECONDS: Final = 10.0


@asynccontextmanager
async def sending(parts: Parts) -> AsyncIterator[None]:
    """What is due being sent for as long as the block runs; at its end, attempts may be finished."""
    sender = Sender(parts)
    task = asyncio.create_task(sender.run(), name="sending")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sender.finish()


class Sender:
    """Attempts under way in this process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._under_way: dict[asyncio.Task[None], Delivery] = {}
        self._is_free = asyncio.Event()

    async def run(self) -> None:
        """Look for what is due, now and then, and whenever an attempt is over."""
        while True:
            try:
                await self._look()
            except StorageError as error:
                log.warning("sending waits", reason=str(error))
            except Exception:
                log.exception("what is to be sent could not be looked for")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_free.wait(), _LOOK_SECONDS)
            self._is_free.clear()

    async def _look(self) -> None:
        """Begin with as much as there is room for, of every channel a little."""
        while (room := _AT_ONCE_MAX - len(self._under_way)) > 0:
            busy = [channel for channel, count in self._counts().items() if count >= _OF_CHANNEL_MAX]
            due = await self._parts.storage.due_deliveries(self._parts.clock.now(), busy, 2 * _AT_ONCE_MAX)
            if not self._begin(due, room):
                return

    def _begin(self, due: list[Delivery], room: int) -> int:
        """How many were begun with."""
        ours = {each.id for each in self._under_way.values()}
        begun = 0
        for each in due:
            is_busy = self._counts()[each.channel_id] >= _OF_CHANNEL_MAX
            if each.id in ours or is_busy or begun == room:
                continue
            task = asyncio.create_task(self._deliver(each), name="delivery")
            self._under_way[task] = each
            task.add_done_callback(self._over)
            begun += 1
        return begun

    def _counts(self) -> Counter[int]:
        return Counter(each.channel_id for each in self._under_way.values())

    async def _deliver(self, delivery: Delivery) -> None:
        try:
            await deliver(self._parts, delivery)
        except StorageError as error:
            log.warning("a delivery waits", reason=str(error))
        except Exception:
            log.exception("a delivery could not be made")

    def _over(self, task: asyncio.Task[None]) -> None:
        del self._under_way[task]
        self._is_free.set()

    async def finish(self) -> None:
        """Wait for attempts, ten seconds at most; the rest is made again when its lease is over."""
        if not self._under_way:
            return
        _, late = await asyncio.wait(list(self._under_way), timeout=_DRAIN_SECONDS)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
