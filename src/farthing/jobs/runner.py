"""Long work, done one job after another in every process that serves.

A job belongs to whoever took its lease and renews it with each step; when a process dies, another goes on
where the work itself says. Jobs of one workspace are done in the order they were asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Final

import structlog
from msgspec.structs import replace

from farthing.actions.errors import JobStoppedError
from farthing.actions.parts import Parts
from farthing.actions.reprice_work import WORK, Progress, halt
from farthing.rules.job import Job, JobState
from farthing.storage.contract import StorageError, StorageUnavailableError

log = structlog.get_logger(__name__)

LEASE_MS: Final = 5_000
_RENEWED_MS: Final = 500
_LOOK_SECONDS: Final = 1.0
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
        await held.renew(replace(job, state="running"))
        async with aclosing(WORK[job.kind](parts, held.job)) as steps:
            async for progress in steps:
                await held.step(progress)
        return await held.end("succeeded")
    except StorageUnavailableError:
        raise
    except (JobStoppedError, StorageError) as error:
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

    async def renew(self, after: Job) -> None:
        """Keep the job and hold it on. Raises JobStoppedError when it is ours no more."""
        now = self._parts.clock.now()
        kept = await self._parts.storage.change_job(replace(after, lease_until=now + LEASE_MS))
        if kept is None:
            raise JobStoppedError("it was cancelled, or is done elsewhere")
        self.job = kept

    async def step(self, progress: Progress) -> None:
        """Tell how far it is; what is stored of that is some steps behind."""
        self.job = replace(self.job, done=progress.done, total=progress.total)
        self._told(self.job)
        if self._parts.clock.now() > self.job.lease_until - LEASE_MS + _RENEWED_MS:
            await self.renew(self.job)

    async def end(self, state: JobState, error: str | None = None) -> Job:
        """The job ended, or as somebody else has ended it."""
        now = self._parts.clock.now()
        ended = replace(self.job, state=state, error=error, finished_at=now, lease_until=0)
        return await self._parts.storage.change_job(ended) or await self.stored()

    async def fail(self, error: str) -> Job:
        """The job failed, unless it is somebody else's by now."""
        stored = await self.stored()
        if stored.version != self.job.version:
            return stored
        await halt(self._parts, self.job)
        return await self.end("failed", error)

    async def stored(self) -> Job:
        return await self._parts.storage.job(self.job.workspace_id, self.job.id) or self.job
