"""What is looked up at each request, remembered for two seconds at most, so that its end is soon known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from farthing.clock import Clock

MEMORY_MS: Final = 2_000
ENTRIES_MAX: Final = 10_000
V = TypeVar("V")


class ShortMemory(Generic[V]):
    """Values by the hash of what was sent; each process has its own. What is not there is not remembered."""

    def __init__(self, load: Callable[[bytes], Awaitable[V | None]], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._known: dict[bytes, tuple[int, V]] = {}
        self._loading: dict[bytes, asyncio.Task[V | None]] = {}

    async def find(self, digest: bytes) -> V | None:
        """The value, at most two seconds old."""
        entry = self._known.get(digest)
        # A clock that was set back must not keep anything alive, hence both bounds.
        if entry is not None and 0 <= self._clock.now() - entry[0] < MEMORY_MS:
            return entry[1]
        return await self._load_once(digest)

    def put(self, digest: bytes, value: V) -> None:
        """Remember what the value has become, for as long as what it was."""
        if digest in self._known:
            self._known[digest] = (self._known[digest][0], value)

    def clear(self) -> None:
        """Let go of everything, because something has changed; what is being loaded is not kept either."""
        self._known = {}
        self._loading = {}

    async def _load_once(self, digest: bytes) -> V | None:
        """One look-up for all who wait for it; none of them can cancel it for the others."""
        task = self._loading.get(digest)
        if task is None:
            task = asyncio.create_task(self._load_and_keep(digest, self._known, self._loading))
            self._loading[digest] = task
        return await asyncio.shield(task)

    async def _load_and_keep(
        self,
        digest: bytes,
        known: dict[bytes, tuple[int, V]],
        loading: dict[bytes, asyncio.Task[V | None]],
    ) -> V | None:
        asked_at = self._clock.now()  # before the read: the answer may be as old as the question
        try:
            value = await self._load(digest)
        finally:
            loading.pop(digest, None)
        known.pop(digest, None)
        if value is not None:
            known[digest] = (asked_at, value)
            while len(known) > ENTRIES_MAX:
                del known[next(iter(known))]
        return value
