"""Long work, done one job after another in every process that serves.

A job belongs to whoever took its lease and renews it beside the work; when a process dies, another goes on
where the work itself says. Jobs of one workspace are done in the order they were asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Final

import structlog
from msgspec.structs import replace

from farthing.actions.errors import ConflictError, JobStoppedError
from farthing.actions.jobs.kinds import KINDS
from farthing.actions.jobs.work import Progress
from farthing.actions.parts import Parts
from farthing.rules.job import LEASE_MS, Job, JobState
from farthing.storage.contract import StorageError, StorageUnavailableError

log = structlog.get_logger(__name__)

_RENEW_SECONDS: Final = 1.0
"""Beside the work, so that a long step does not let the lease lapse."""
_LOOK_SECONDS: Final = 1.0
_NOT_OURS: Final = "it was cancelled, or is done elsewhere"
_UNFORESEEN: Final = "something went wrong; the server's log has more"

Told = Callable[[Job], None]


class Runner:
    """Does what is to be done, beside everything else of the process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look for jobs from now on. Called once the storage is open."""
        self._task = asyncio.create_task(self._run(), name="jobs")

    async def stop(self) -> None:
        """Leave a job that is under way to whoever comes next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                job = await next_job(self._parts)
                if job is not None:
                    await run_job(self._parts, job)
                    continue
            except StorageError as error:
                log.warning("jobs wait", reason=str(error))
            except Exception:
                log.exception("jobs could not be looked for")
            await asyncio.sleep(_LOOK_SECONDS)


@asynccontextmanager
async def working(parts: Parts) -> AsyncIterator[None]:
    """Jobs being done for as long as the block runs."""
    runner = Runner(parts)
    await runner.start()
    try:
        yield
    finally:
        await runner.stop()


async def next_job(parts: Parts, workspace_id: int | None = None) -> Job | None:
    """The oldest job that is free, of a workspace (of any) whose earlier jobs have all ended."""
    seen: set[int] = set()
    for job in await parts.storage.unfinished_jobs():
        if workspace_id not in (None, job.workspace_id):
            continue
        if job.workspace_id not in seen and job.is_free(parts.clock.now()):
            return job
        seen.add(job.workspace_id)
    return None


async def run_job(parts: Parts, job: Job, told: Told = lambda _: None) -> Job:
    """Take a job and do it to its end; `told` hears of each step. The job as it is then.

    Raises StorageUnavailableError when it has to wait; it goes on when it is taken again.
    """
    held = _Held(parts, job, told)
    try:
        async with held.renewed(), aclosing(KINDS[job.kind].work(parts, held.job)) as steps:
            async for progress in steps:
                held.step(progress)
                if progress.is_kept:
                    await held.keep()
        return await held.end("succeeded")
    except StorageUnavailableError:
        raise
    except (ConflictError, StorageError) as error:
        return await held.fail(str(error))
    except Exception:
        log.exception("job failed", job=job.id, kind=job.kind)
        return await held.fail(_UNFORESEEN)


class _Held:
    """A job that is ours as long as its lease is renewed."""

    def __init__(self, parts: Parts, job: Job, told: Told) -> None:
        self.job = job
        self._parts = parts
        self._told = told
        self._is_lost = False
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def renewed(self) -> AsyncIterator[None]:
        """Take the job, and hold it for as long as the block runs. Raises JobStoppedError."""
        await self._renew(replace(self.job, state="running"))
        is_over = asyncio.Event()
        holding = asyncio.create_task(self._hold(is_over), name="job-lease")
        try:
            yield
        finally:
            # Not cancelled: a renewal that is stored but not noted would make the job look like another's.
            is_over.set()
            await holding

    async def _hold(self, is_over: asyncio.Event) -> None:
        while not self._is_lost:
            with suppress(TimeoutError):
                await asyncio.wait_for(is_over.wait(), _RENEW_SECONDS)
                return
            try:
                await self.keep()
            except JobStoppedError:
                self._is_lost = True
            except StorageError as error:
                log.warning("a job's lease waits", job=self.job.id, reason=str(error))

    async def keep(self) -> None:
        """Store how far it is, and hold it for longer. Raises JobStoppedError, and StorageError."""
        async with self._turn:  # of two at once, the second would find that the job has changed
            await self._renew(self.job)

    async def _renew(self, after: Job) -> None:
        now = self._parts.clock.now()
        kept = await self._parts.storage.change_job(replace(after, lease_until=now + LEASE_MS))
        if kept is None:
            raise JobStoppedError(_NOT_OURS)
        # What was told meanwhile is further on than what was stored.
        self.job = replace(kept, done=self.job.done, total=self.job.total, result=self.job.result)

    def step(self, progress: Progress) -> None:
        """Tell how far it is. Raises JobStoppedError when the job is ours no more."""
        if self._is_lost:
            raise JobStoppedError(_NOT_OURS)
        result = self.job.result if progress.result is None else progress.result
        self.job = replace(self.job, done=progress.done, total=progress.total, result=result)
        self._told(self.job)

    async def end(self, state: JobState, error: str | None = None) -> Job:
        """The job ended, or as somebody else has ended it."""
        now = self._parts.clock.now()
        ended = replace(self.job, state=state, error=error, finished_at=now, lease_until=0)
        return await self._parts.storage.change_job(ended) or await self.stored()

    async def fail(self, error: str) -> Job:
        """The job failed, or was cancelled; if it is somebody else's by now, that goes on with it.

        What somebody else has done to its end stays: halting would undo it.
        """
        stored = await self.stored()
        if stored.version != self.job.version and (not stored.is_ended or stored.state == "succeeded"):
            return stored
        await KINDS[self.job.kind].halt(self._parts, self.job)
        return await self.end("failed", error)

    async def stored(self) -> Job:
        return await self._parts.storage.job(self.job.workspace_id, self.job.id) or self.job
