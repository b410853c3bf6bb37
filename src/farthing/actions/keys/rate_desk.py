"""The token buckets of keys, as one process knows them.

A request is let through or refused by this process's own copy of a bucket, without waiting for anything.
Where several servers share a database, what was taken is told to the shared bucket right behind, and what the
others took comes back: at worst each server lets through for a twentieth of a second what only one of them
should, which is then taken off what follows. Over any longer time a key has the rate that its plan says.
"""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from farthing.clock import Clock
from farthing.rules.rate_limit import MS_NS, RateLimit, taken, wait_ns
from farthing.storage.contract import SharedBuckets, StorageError

log = structlog.get_logger(__name__)

_SETTLE_SECONDS: Final = 0.05
_RETRY_SECONDS: Final = 1.0


class RateDesk:
    """Buckets by key. `shared` are those of the database, where several servers work on it."""

    def __init__(self, clock: Clock, shared: SharedBuckets | None) -> None:
        self._clock = clock
        self._shared = shared
        self._full_at: dict[int, int] = {}
        self._unsettled: dict[int, int] = {}
        self._has_work = asyncio.Event()
        self._settling: asyncio.Task[None] | None = None

    def take(self, key_id: int, limit: RateLimit, count: int) -> int:
        """Take `count` tokens, at most the burst, of a key's bucket.

        0, or in how many ns it may be tried again: then none was taken.
        """
        now = self._clock.now() * MS_NS
        full_at = self._full_at.get(key_id, 0)
        if self._shared is None:  # further ahead than this it is only when the clock was set back
            full_at = self._full_at[key_id] = min(full_at, now + limit.depth_ns)
        wait = wait_ns(limit, full_at, count, now)
        if wait == 0:
            self._full_at[key_id] = taken(limit, full_at, count, now)
        if self._shared is not None:
            # Even if nothing was taken: so the bucket of all is looked at again.
            taken_ns = count * limit.token_ns if wait == 0 else 0
            self._unsettled[key_id] = self._unsettled.get(key_id, 0) + taken_ns
            self._has_work.set()
        return wait

    async def start(self) -> None:
        """Begin to settle with the other servers, if there may be any."""
        if self._shared is not None:
            self._settling = asyncio.create_task(self._settle(self._shared), name="rate-desk")

    async def stop(self) -> None:
        """Settle no more."""
        if self._settling is not None:
            self._settling.cancel()
            await asyncio.gather(self._settling, return_exceptions=True)

    async def _settle(self, shared: SharedBuckets) -> None:
        while True:
            await self._has_work.wait()
            try:
                await self._settle_once(shared)
            except StorageError as error:
                log.warning("rate limits are this server's own for now", reason=str(error))
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception:
                log.exception("rate limits could not be settled")
                await asyncio.sleep(_RETRY_SECONDS)
            await asyncio.sleep(_SETTLE_SECONDS)

    async def _settle_once(self, shared: SharedBuckets) -> None:
        """Tell what was taken, and take over when each bucket is full. What fails is told the next time."""
        self._has_work.clear()
        told, self._unsettled = self._unsettled, {}
        try:
            ahead = await shared.settle_buckets(told)
        except BaseException:
            for key_id, ns in told.items():
                self._unsettled[key_id] = self._unsettled.get(key_id, 0) + ns
            self._has_work.set()
            raise
        now = self._clock.now() * MS_NS
        for key_id, ahead_ns in ahead.items():
            self._full_at[key_id] = now + ahead_ns + self._unsettled.get(key_id, 0)
