"""By whose clock a process goes: where several servers share a database, all go by the database's.

A machine whose clock is wrong would else take leases from others, or keep its own for too long, end sessions
and keys early, and date what it stores wrongly.
"""

from __future__ import annotations

from typing import Final

import structlog

from farthing.actions.repeating import Repeating
from farthing.clock import Clock, SharedClock
from farthing.storage.contract import SharedTime, Storage

log = structlog.get_logger(__name__)

_HEAR_SECONDS: Final = 5.0
_WRONG_MS: Final = 2_000
"""A machine that is off by more is worth telling of."""


class TimeDesk:
    """Keeps a SharedClock right; with any other clock, or a storage without one, it does nothing."""

    def __init__(self, clock: Clock, storage: Storage) -> None:
        self._clock = clock if isinstance(clock, SharedClock) else None
        self._shared = storage if isinstance(storage, SharedTime) else None
        self._is_wrong = False
        self._watching = Repeating("time-desk", _HEAR_SECONDS, self.hear)

    async def hear(self) -> None:
        """Ask the database what time it is. Raises StorageError."""
        if self._clock is None or self._shared is None:
            return
        asked_ms = self._clock.elapsed_ms()
        ahead_ms = self._clock.hear(await self._shared.time(), asked_ms)
        is_wrong = abs(ahead_ms) > _WRONG_MS
        if is_wrong and not self._is_wrong:
            log.warning(
                "this machine's clock is not the database's, whose time holds",
                ahead_seconds=round(ahead_ms / 1_000, 1),
            )
        self._is_wrong = is_wrong

    async def start(self) -> None:
        """Ask again now and then. Called once the storage is open, and has been asked."""
        if self._clock is not None:
            self._watching.start()

    async def stop(self) -> None:
        """Ask no more."""
        await self._watching.stop()
