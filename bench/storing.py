"""What it costs to store events in groups and to fold them: processor time by thread, in this process.

The loop's thread does the insert, the writer's thread the commit and the fold, as in the server. A
commit waits for a flush of the disk beside, by the quarter that took least; others waited for a core, too.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final

import uvloop

from bench import disk, fill, proc
from bench.model import FOLD_GROUPS, SWITCH_S, Linear
from bench.proc import ThreadTimes
from bench.server import EMAIL
from farthing.actions.asker import Origin
from farthing.actions.parts import Parts
from farthing.actions.people.set_up_installation import SetUp, set_up_installation
from farthing.assembly import build_parts
from farthing.clock import SystemClock
from farthing.rules.events import UsageEvent
from farthing.settings import load_settings

_GROUPS: Final = (1, 4, 16, 64, 250, 1_000, 2_000)
_FOLDS: Final = (248, 1_000, 4_000, 8_000)
_TRIES_MAX: Final = 24
_TRY_EVENTS: Final = 6_000
_FOLD_TRIES: Final = 6
_SPIN_S: Final = 20 * SWITCH_S
"""Between two pauses of the loop. As long as a switch takes, each would begin that time anew."""
_SPUN_FOLD: Final = 1_000
_HOUR_MS: Final = 3_600_000


@dataclass(frozen=True)
class Spent:
    """Seconds that the loop's thread, and all others, used a core for one piece of work."""

    loop_s: float
    thread_s: float


@dataclass(frozen=True)
class Storing:
    """Measured costs of the writer."""

    insert: Linear
    commit: Linear
    commit_wait: Linear
    fold: Linear
    fold_lock_share: float
    fold_handovers: int


def fitted(points: Sequence[tuple[int, float]]) -> Linear:
    """The line through (events, seconds) with the least relative errors; nothing in it is below zero."""
    weighted = [(n, y, 1 / max(y, 1e-7) ** 2) for n, y in points]
    total = sum(w for _, _, w in weighted)
    mean_n = sum(w * n for n, _, w in weighted) / total
    mean_y = sum(w * y for _, y, w in weighted) / total
    spread = sum(w * (n - mean_n) ** 2 for n, _, w in weighted)
    slope = sum(w * (n - mean_n) * (y - mean_y) for n, y, w in weighted) / spread if spread else 0.0
    slope = min(max(slope, 0.0), mean_y / mean_n)
    return Linear(max(mean_y - slope * mean_n, 0.0), slope)


def measure(folder: Path) -> Storing:
    """On a fresh SQLite installation in `folder`."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)  # as the server does
    try:
        return uvloop.run(_measure(folder))
    finally:
        sys.setswitchinterval(before)


async def _measure(folder: Path) -> Storing:
    parts = build_parts(load_settings(data=folder), SystemClock())
    await parts.storage.open()
    try:
        given = SetUp(email=EMAIL, password="long enough for a minute", workspace="Bench")
        made = await set_up_installation(parts, given, Origin("command"))
        now = parts.clock.now()
        cards = parts.prices.cards(made.api_key.workspace_id)
        source = fill.events(made.api_key, cards, 10**9, (now - _HOUR_MS, now))
        flushes = disk.flush_seconds(folder)
        return await _Bench(parts, source, flushes[len(flushes) // 4]).measure()
    finally:
        await parts.storage.close()


class _Bench:
    """The writer's steps on an open storage, with events from `source`."""

    def __init__(self, parts: Parts, source: Iterator[UsageEvent], flush_s: float) -> None:
        self._flush_s = flush_s
        self._storage = parts.storage
        self._source = source

    async def measure(self) -> Storing:
        stored = [(size, await self._recorded(size)) for size in _GROUPS]
        while await self._storage.fold(_FOLDS[-1]):
            pass
        folded = [(size, await self._folded(size)) for size in _FOLDS]
        share, handovers = await self._fold_beside_a_busy_loop()
        return Storing(
            insert=fitted([(size, one.loop_s) for size, one in stored]),
            commit=fitted([(size, one.thread_s) for size, one in stored]),
            commit_wait=Linear(self._flush_s, 0.0),
            fold=fitted([(size, one.thread_s) for size, one in folded]),
            fold_lock_share=share,
            fold_handovers=handovers,
        )

    async def _record(self, count: int, group: int) -> None:
        for _ in range(0, count, group):
            await self._storage.record(list(islice(self._source, group)))

    async def _recorded(self, size: int) -> Spent:
        tries = min(max(_TRY_EVENTS // size, 4), _TRIES_MAX)
        groups = [list(islice(self._source, size)) for _ in range(tries)]
        return typical([await _spent(partial(self._storage.record, group)) for group in groups])

    async def _folded(self, size: int) -> Spent:
        await self._record(size * _FOLD_TRIES, size // FOLD_GROUPS)
        return typical([await _spent(partial(self._storage.fold, size)) for _ in range(_FOLD_TRIES)])

    async def _fold_beside_a_busy_loop(self) -> tuple[float, int]:
        """The share of a fold that holds Python's lock, and how often it asks for it.

        While it holds the lock the loop stands still; while it waits for it nobody else runs in its thread.
        """
        await self._record(_SPUN_FOLD * _FOLD_TRIES, _SPUN_FOLD // FOLD_GROUPS)
        held_s, used_s, asked = 0.0, 0.0, []
        for _ in range(_FOLD_TRIES):
            folding = asyncio.ensure_future(self._storage.fold(_SPUN_FOLD))
            (loop, others, wall_s) = await _spun_until(folding)
            held_s += max(wall_s - loop.used_s - loop.waited_s, 0.0)
            used_s += others.used_s
            asked.append((wall_s - others.used_s - others.waited_s) / SWITCH_S)
        return min(held_s / used_s, 1.0), max(round(statistics.median(asked)), 1)


async def _spun_until(work: asyncio.Future[int]) -> tuple[ThreadTimes, ThreadTimes, float]:
    """Keep the loop busy until `work` is done; what the loop and all others used, and the seconds it took."""
    loop_before, others_before = proc.thread_times(os.getpid())
    began = time.perf_counter()
    while not work.done():
        until = time.perf_counter() + _SPIN_S
        while time.perf_counter() < until:
            pass
        await asyncio.sleep(0)
    loop, others = proc.thread_times(os.getpid())
    return loop.since(loop_before), others.since(others_before), time.perf_counter() - began


async def _spent(call: Callable[[], Awaitable[object]]) -> Spent:
    process, thread = time.process_time(), time.thread_time()
    await call()
    loop_s = time.thread_time() - thread
    return Spent(loop_s, time.process_time() - process - loop_s)


def typical(found: Sequence[Spent]) -> Spent:
    """The median of each part."""
    return Spent(
        statistics.median(one.loop_s for one in found), statistics.median(one.thread_s for one in found)
    )
