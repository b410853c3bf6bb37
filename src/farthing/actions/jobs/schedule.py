"""What is done by itself: what there is of it, and doing what is due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

import structlog

from farthing.actions.parts import Parts
from farthing.rules.job import LEASE_MS, Job
from farthing.storage.contract import Changes, StorageError

log = structlog.get_logger(__name__)

_RENEW_SECONDS: Final = 1.0
BY_ITSELF = 0
"""`Job.created_by` of work that nobody asked for."""


@dataclass(frozen=True)
class Schedule:
    """Something that is done by itself, by one process at a time, about every `every_ms`.

    `run` reads what is due from what is stored: a run that was missed or cut short is made up for by the
    next. Long work it leaves to jobs (`ask_for`).
    """

    name: str
    every_ms: int
    run: Callable[[Parts], Awaitable[None]]


async def run_due(parts: Parts, schedules: Sequence[Schedule]) -> list[str]:
    """Run those whose turn it is; the names of those that ran well.

    One that fails has its next turn after its usual time, and does not keep others from theirs; one whose
    process dies is begun again by another. Raises StorageError when turns can't be taken.
    """
    done = []
    turns = await parts.storage.turns()
    for schedule in schedules:
        turn = _Turn(parts, schedule)
        if turns.get(schedule.name, turn.began) > turn.began or not await turn.take():
            continue
        try:
            async with turn.renewed():
                await schedule.run(parts)
            done.append(schedule.name)
        except StorageError as error:
            log.warning("what is done by itself waits", what=schedule.name, reason=str(error))
        except Exception:
            log.exception("what is done by itself failed", what=schedule.name)
    return done


class _Turn:
    """A turn of a schedule: a lease while it runs, then the time until the next."""

    def __init__(self, parts: Parts, schedule: Schedule) -> None:
        self.began = parts.clock.now()
        self._parts = parts
        self._schedule = schedule
        self._until = 0

    async def take(self) -> bool:
        """Whether it is ours."""
        self._until = self.began + LEASE_MS
        return await self._parts.storage.claim(self._schedule.name, self.began, self._until)

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator[None]:
        """Hold it for as long as the block runs. One that is cut short is for whoever looks next."""
        is_over, until = asyncio.Event(), self.began + self._schedule.every_ms
        holding = asyncio.create_task(self._hold(is_over), name="turn")
        try:
            yield
        except asyncio.CancelledError:
            until = self._parts.clock.now()
            raise
        finally:
            is_over.set()
            await asyncio.gather(holding, return_exceptions=True)
            await self._move(until)

    async def _hold(self, is_over: asyncio.Event) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(is_over.wait(), _RENEW_SECONDS)
                return
            with suppress(StorageError):  # tried again in a second
                await self._move(self._parts.clock.now() + LEASE_MS)

    async def _move(self, until: int) -> None:
        if await self._parts.storage.move_turn(self._schedule.name, self._until, until):
            self._until = until


async def ask_for(
    parts: Parts, workspace_id: int, kind: str, request: dict[str, Any] | None = None
) -> Job | None:
    """Add a job that nobody asked for; None when the workspace has one of the kind that has not ended."""
    for job in await parts.storage.unfinished_jobs():
        if (job.workspace_id, job.kind) == (workspace_id, kind):
            return None
    new = Job(
        workspace_id=workspace_id,
        kind=kind,
        request=request or {},
        created_by=BY_ITSELF,
        created_at=parts.clock.now(),
    )

    async def add(changes: Changes) -> Job:
        return await changes.add_job(new)

    return await parts.change(add)
