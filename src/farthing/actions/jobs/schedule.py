"""What is done by itself: what there is of it, and doing what is due."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from farthing.actions.parts import Parts
from farthing.rules.job import Job
from farthing.storage.contract import Changes, StorageError

log = structlog.get_logger(__name__)

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

    One that fails has its next turn after its usual time, and does not keep others from theirs. Raises
    StorageError when turns can't be taken.
    """
    done = []
    for schedule in schedules:
        now = parts.clock.now()
        if not await parts.storage.claim(schedule.name, now, now + schedule.every_ms):
            continue
        try:
            await schedule.run(parts)
            done.append(schedule.name)
        except StorageError as error:
            log.warning("what is done by itself waits", what=schedule.name, reason=str(error))
        except Exception:
            log.exception("what is done by itself failed", what=schedule.name)
    return done


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
