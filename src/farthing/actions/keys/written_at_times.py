"""What a process remembers of its intake, and writes now and then, all at once: no sender waits for it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Final

import structlog

from farthing.storage.contract import StorageError

log = structlog.get_logger(__name__)

_WRITE_SECONDS: Final = 60.0
"""As much is lost when a process dies."""


class WrittenAtTimes(ABC):
    """Something that is remembered, and written once a minute and at the end; `what` says it in logs."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._is_over = asyncio.Event()
        self._turn = asyncio.Lock()
        self._writing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Write from time to time from now on. Called once the storage is open."""
        self._is_over = asyncio.Event()
        self._writing = asyncio.create_task(self._run(), name=self._what)

    async def stop(self) -> None:
        """Write what there is, then no more.

        A write that is under way is waited for: cancelled, it might be stored and yet be written again.
        """
        self._is_over.set()
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        await self.write()

    async def write(self) -> None:
        """Write what there is; what can't be written now waits for the next time."""
        async with self._turn:
            try:
                await self._write()
            except StorageError as error:
                log.warning("what is written at times waits", what=self._what, reason=str(error))

    @abstractmethod
    async def _write(self) -> None:
        """Write what is remembered, and remember it again if that fails."""

    async def _run(self) -> None:
        while not await self._is_over_within(_WRITE_SECONDS):
            try:
                await self.write()
            except Exception:
                log.exception("what is written at times could not be written", what=self._what)

    async def _is_over_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_over.wait(), seconds)
        return self._is_over.is_set()
