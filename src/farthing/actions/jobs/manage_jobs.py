"""Long work of a workspace: how far it is, and stopping it."""

from __future__ import annotations

from functools import partial
from typing import Final

from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.jobs.kinds import KINDS
from farthing.actions.parts import Parts
from farthing.actions.prices.reprice import APPLY, PREVIEW, REVERT, find_repricing
from farthing.rules.ids import job_id_number, job_id_text, repricing_id_text
from farthing.rules.job import Job
from farthing.rules.repricing import Repricing

_NUMBER_MAX: Final = 2**31 - 1


def job_number(wire: str) -> int:
    """The number of the job with this id. Raises NotFoundError for what is no such id."""
    number = job_id_number(wire)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no job {wire[:40]!r} in this workspace")
    return number


def may_cancel(asker: Asker, job: Job) -> bool:
    """Whether the asker may end the job, and there is something to end."""
    kind = KINDS.get(job.kind)
    if kind is None or job.is_ended or not kind.can_be_cancelled:
        return False
    return asker.may(kind.needs if job.created_by == asker.user.id else kind.needs_for_others)


async def find_job(parts: Parts, asker: Asker, job_id: int) -> Job:
    """A job of the workspace. Raises NotFoundError."""
    job = await parts.storage.job(asker.workspace.id, job_id)
    if job is None:
        raise NotFoundError(f"there is no job {job_id_text(job_id)} in this workspace")
    return job


async def list_jobs(parts: Parts, asker: Asker, limit: int) -> list[Job]:
    """The newest of the workspace, newest first."""
    return await parts.storage.jobs(asker.workspace.id, limit)


async def cancel_job(parts: Parts, asker: Asker, job_id: int) -> Job:
    """End a job before it is done; what it has done stays done.

    Raises NotFoundError, ConflictError, and ForbiddenRoleError without what its kind needs.
    """
    while True:
        job = await find_job(parts, asker, job_id)
        kind = KINDS[job.kind]
        asker.need(kind.needs if job.created_by == asker.user.id else kind.needs_for_others)
        if job.is_ended:
            raise ConflictError(f"the job has {job.state} already")
        if not kind.can_be_cancelled:
            raise ConflictError("an erasure can't be stopped: it goes on until all of it is done")
        cancelled = await change(parts, asker, partial(_cancel, job))
        if cancelled is not None:  # else it made a step meanwhile
            await kind.halt(parts, cancelled)
            return cancelled


async def _cancel(job: Job, audited: Audited) -> Job | None:
    ended = replace(job, state="cancelled", finished_at=audited.at, lease_until=0)
    cancelled = await audited.changes.change_job(ended)
    if cancelled is not None:
        await audited.enter("job.cancelled", job_id_text(job.id), after={"kind": job.kind})
    return cancelled


async def cancel_repricing(parts: Parts, asker: Asker, repricing_id: int) -> Job:
    """End the job that is under way for a re-pricing. Raises NotFoundError, and ConflictError without one."""
    found = await find_repricing(parts, asker, repricing_id)
    job = await job_of_repricing(parts, found)
    if job is not None:
        return await cancel_job(parts, asker, job.id)
    wire = repricing_id_text(repricing_id)
    raise ConflictError(f"{wire} is {found.state}; nothing is under way that could be cancelled")


async def job_of_repricing(parts: Parts, of: Repricing) -> Job | None:
    """The job that waits or is under way for it."""
    for job in await parts.storage.unfinished_jobs():
        is_of_repricing = job.kind in (PREVIEW, APPLY, REVERT)
        if is_of_repricing and (job.workspace_id, job.subject_id) == (of.workspace_id, of.id):
            return job
    return None
