"""Long work of a workspace: how far it is, and stopping it."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reprice_work import halt
from farthing.rules.ids import job_id_text
from farthing.rules.job import Job


async def find_job(parts: Parts, asker: Asker, job_id: int) -> Job:
    """A job of the workspace. Raises NotFoundError."""
    job = await parts.storage.job(asker.workspace.id, job_id)
    if job is None:
        raise NotFoundError(f"there is no job {job_id_text(job_id)} in this workspace")
    return job


async def cancel_job(parts: Parts, asker: Asker, job_id: int) -> Job:
    """End a job before it is done; what it has done stays done. Raises NotFoundError and ConflictError."""
    while True:
        job = await find_job(parts, asker, job_id)
        if job.is_ended:
            raise ConflictError(f"the job has {job.state} already")
        ended = replace(job, state="cancelled", finished_at=parts.clock.now(), lease_until=0)
        cancelled = await parts.storage.change_job(ended)
        if cancelled is not None:  # else it made a step meanwhile
            await halt(parts, cancelled)
            return cancelled
