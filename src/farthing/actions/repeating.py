"""What a process does every few seconds beside all else, told when it fails and then tried again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from farthing.storage.contract import StorageError

log = structlog.get_logger(__name__)


class Repeating:
    """Work that is done again and again from `start` to `stop`; `what` names it in logs."""

    def __init__(self, what: str, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        self._what = what
        self._seconds = seconds
        self._work = work
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, with a pause first."""
        self._task = asyncio.create_task(self._repeat(), name=self._what)

    async def stop(self) -> None:
        """End it; nothing is left half done that is not done anew at the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            try:
                await self._work()
            except StorageError as error:
                log.warning("waits for the database", what=self._what, reason=str(error))
            except Exception:
                log.exception("failed, and is tried again", what=self._what)
