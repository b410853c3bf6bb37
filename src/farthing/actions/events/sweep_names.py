"""The job that clears away names which nothing refers to any more, and when it is asked for.

Deletions, erasures and retention leave names behind: of users, models, tags. They cost room, and a name may
say whom it was about. What goes is found by one pass over the workspace's rows and sums, in steps of some
milliseconds with a pause as long after each; names go some thousand at a time, with a second between, because
every process forgets what it remembers of names each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from time import perf_counter
from typing import Final

import structlog

from farthing.actions.jobs.schedule import Schedule, ask_for
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.actions.retention.run import RETENTION
from farthing.rules.job import Job
from farthing.rules.periods import HOUR_MS
from farthing.rules.utc_months import month_of

log = structlog.get_logger(__name__)

SWEEP: Final = "sweep_names"
_ROWS: Final = 4_000
_NAMES: Final = 2_000
_PAUSE_MAX: Final = 0.05
_BETWEEN_SECONDS: Final = 1.0
_TRIES: Final = 3
_LOOKED_AT: Final = 48


async def sweep(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Clear away the unused names of the workspace; begun again after a crash, it looks anew."""
    dropped, is_complete = 0, False
    for _ in range(_TRIES):
        found = await parts.storage.begin_name_sweep(job.workspace_id)
        if found is None:
            break
        while found.place is not None:
            began = perf_counter()
            await parts.storage.look_for_names(found, _ROWS)
            yield Progress(dropped, dropped)
            await asyncio.sleep(min(perf_counter() - began, _PAUSE_MAX))
        while count := await parts.storage.drop_names(found, _NAMES):
            dropped += count
            yield Progress(dropped, dropped)
            if count == _NAMES:
                await asyncio.sleep(_BETWEEN_SECONDS)
        if count is not None:
            is_complete = True
            break
    if dropped:
        log.info("unused names were cleared away", workspace=job.workspace_id, count=dropped)
    yield Progress(dropped, dropped, {"dropped": dropped, "isComplete": is_complete})


async def ask_where_due(parts: Parts) -> None:
    """Ask for a sweep wherever calls went, or an identity did, since the last one was asked for."""
    for each in await parts.storage.workspace_plans(month_of(parts.clock.now())):
        if await is_due(parts, each.workspace.id):
            await ask_for(parts, each.workspace.id, SWEEP)


async def is_due(parts: Parts, workspace_id: int) -> bool:
    """Whether a deletion, an erasure or a run of retention that removed anything has ended since the last."""
    last = next(iter(await parts.storage.jobs_of(workspace_id, SWEEP, 1)), None)
    since = -1
    if last is not None:
        if last.state != "succeeded" or not (last.result or {}).get("isComplete"):
            return last.is_ended
        since = last.created_at
    ended = [each.finished_at for each in await parts.storage.deletions(workspace_id, _LOOKED_AT)]
    ended += [each.finished_at for each in await parts.storage.erasures(workspace_id, _LOOKED_AT)]
    ended += [
        job.finished_at
        for job in await parts.storage.jobs_of(workspace_id, RETENTION, _LOOKED_AT)
        if job.result is not None and (job.result.get("rows") or job.result.get("cells"))
    ]
    return any(at is not None and at > since for at in ended)


SWEEPS: Final = Kind(SWEEP, sweep, "manage_settings", "manage_settings")
SWEEP_NAMES: Final = Schedule(SWEEP, HOUR_MS, ask_where_due)
