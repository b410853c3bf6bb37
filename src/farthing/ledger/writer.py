"""The one writer of a process: group commit, and the housekeeping of rollups in between.

Whoever records waits for the commit of the group their events went into; under load groups grow by
themselves, so that the cost of a durable commit is shared.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import structlog

from farthing.clock import Clock
from farthing.rules.events import UsageEvent
from farthing.storage.contract import (
    NO_LIMITS,
    Ledger,
    Limits,
    Recorded,
    StorageError,
    StorageUnavailableError,
)

log = structlog.get_logger(__name__)

_GROUP_EVENTS_MAX: Final = 2_000
_FOLD_EVENTS_MIN: Final = 250
_FOLD_EVENTS_MAX: Final = 8_000
_FOLD_GROUPS: Final = 4
"""How many events are folded at once: some groups' worth, within these bounds.

More at once is cheaper per event (30 us by the hundred, 13 by two thousand) and holds the writer for longer
(4 ms and 27 ms), which senders of large groups do not notice and senders of single events do.
"""
_IDLE_SECONDS: Final = 0.25
_SEAL_EVERY_MS: Final = 20_000
_SEAL_BEHIND_MS: Final = 1_000
"""While events come and hours wait to be sealed: a year is caught up within some hours."""


class QueueFullError(Exception):
    """Too many events wait to be stored; nothing of this call was. Try again after `retry_after_s`."""

    def __init__(self, waiting_count: int, event_count_max: int) -> None:
        super().__init__(f"{waiting_count} events wait to be stored; the queue holds {event_count_max}")
        self.retry_after_s = 1


class WriterStoppedError(Exception):
    """The server is shutting down and takes no more events."""


@dataclass(frozen=True)
class _Waiting:
    """One call's events and the future its caller waits on."""

    events: Sequence[UsageEvent]
    done: asyncio.Future[list[Recorded]]


class Writer:
    """Records events through a storage, in groups. Start it on the event loop that calls it."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        limits: Callable[[], Limits] = lambda: NO_LIMITS,
        *,
        queue_events_max: int = 20_000,
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._limits = limits
        self._queue_events_max = queue_events_max
        self._queue: deque[_Waiting] = deque()
        self._waiting_count = 0
        self._unfolded_count = 0
        self._fold_size = _FOLD_EVENTS_MIN
        self._seal_at = 0
        self._has_work = asyncio.Event()
        self._is_resting = asyncio.Event()
        self._is_resting.set()
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """See actions.parts.Recorder."""
        return self._task is not None and not self._is_stopping

    async def start(self) -> None:
        """Begin to write. What an earlier process left unfolded is folded first, bit by bit."""
        self._is_stopping = False
        self._unfolded_count = _FOLD_EVENTS_MIN
        self._task = asyncio.create_task(self._run(), name="ledger-writer")

    async def stop(self) -> None:
        """Write all that waits, then end."""
        self._is_stopping = True
        self._has_work.set()
        if self._task is not None:
            await self._task

    async def rest(self) -> None:
        """See actions.parts.Recorder."""
        await self._is_resting.wait()

    def record(self, events: Sequence[UsageEvent]) -> asyncio.Future[list[Recorded]]:
        """See actions.parts.Recorder. Raises QueueFullError and WriterStoppedError at once."""
        if self._is_stopping:
            raise WriterStoppedError("the server is shutting down")
        if self._waiting_count + len(events) > self._queue_events_max:
            raise QueueFullError(self._waiting_count, self._queue_events_max)
        done: asyncio.Future[list[Recorded]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(events, done))
        self._waiting_count += len(events)
        self._has_work.set()
        self._is_resting.clear()
        return done

    async def _run(self) -> None:
        while self._queue or not self._is_stopping:
            if self._queue:
                group = self._group()
                await self._write(group)
                await self._keep_house(is_idle=False)
            elif not await self._wait():
                self._is_resting.clear()
                await self._keep_house(is_idle=True)
            if not self._queue:
                self._is_resting.set()

    async def _wait(self) -> bool:
        """Wait for something to write; False when nothing came for a while."""
        self._has_work.clear()
        try:
            await asyncio.wait_for(self._has_work.wait(), _IDLE_SECONDS)
        except TimeoutError:
            return False
        return True

    def _group(self) -> list[_Waiting]:
        """The calls that go into the next commit: at least one, then as many as fit."""
        count = 0
        taken = 0
        for waiting in self._queue:
            if taken and count + len(waiting.events) > _GROUP_EVENTS_MAX:
                break
            count += len(waiting.events)
            taken += 1
        group = list(islice(self._queue, taken))
        for _ in range(taken):
            self._queue.popleft()
        return group

    async def _write(self, group: list[_Waiting]) -> None:
        """Store a group. One call's fault is only its own: after an unforeseen error each is tried alone."""
        events = [event for waiting in group for event in waiting.events]
        try:
            recorded = await self._ledger.record(events, self._limits())
        except StorageUnavailableError as error:
            log.warning("storage unavailable", reason=str(error), event_count=len(events))
            _fail(group, error)
        except Exception as error:
            if len(group) == 1:
                log.exception("events could not be stored", event_count=len(events))
                _fail(group, error)
            else:
                for waiting in group:
                    await self._write([waiting])
                return
        else:
            self._unfolded_count += len(events)
            self._fold_size = min(max(_FOLD_EVENTS_MIN, _FOLD_GROUPS * len(events)), _FOLD_EVENTS_MAX)
            _answer(group, recorded)
        self._waiting_count -= len(events)

    async def _keep_house(self, *, is_idle: bool) -> None:
        """Fold when enough has come, or what there is when nothing else is to do; seal now and then."""
        try:
            if self._unfolded_count >= self._fold_size or (is_idle and self._unfolded_count):
                self._unfolded_count = await self._ledger.fold(self._fold_size)
            now = self._clock.now()
            if now >= self._seal_at:
                is_behind = await self._ledger.seal(now)
                pause_ms = _SEAL_EVERY_MS if not is_behind else 0 if is_idle else _SEAL_BEHIND_MS
                self._seal_at = now + pause_ms
        except StorageError as error:
            log.warning("rollups wait", reason=str(error))
            self._seal_at = self._clock.now() + _SEAL_EVERY_MS
        except Exception:
            log.exception("rollups could not be brought up to date")
            self._unfolded_count = 0
            self._seal_at = self._clock.now() + _SEAL_EVERY_MS


def _answer(group: list[_Waiting], recorded: list[Recorded]) -> None:
    start = 0
    for waiting in group:
        end = start + len(waiting.events)
        if not waiting.done.done():  # a caller that has gone away has cancelled its future
            waiting.done.set_result(recorded[start:end])
        start = end


def _fail(group: list[_Waiting], error: Exception) -> None:
    for waiting in group:
        if not waiting.done.done():
            waiting.done.set_exception(error)
