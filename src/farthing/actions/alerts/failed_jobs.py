"""Long work that has failed: told of once each."""

from __future__ import annotations

from typing import Final

from farthing.actions.exports.export_jobs import SCHEDULED_EXPORT
from farthing.actions.parts import Parts
from farthing.rules.ids import job_id_text
from farthing.rules.job import Job
from farthing.rules.message import Fact, NewMessage
from farthing.rules.periods import DAY_MS, MINUTE_MS
from farthing.storage.contract import Changes

_JOBS_MAX: Final = 200
_OVERLAP_MS: Final = 10 * MINUTE_MS
"""Looked at twice: a job is stored a moment after the time that it says it ended at."""
_MARK: Final = "failed_jobs"


async def check_jobs(parts: Parts, workspace_id: int) -> None:
    """Looks at the newest jobs; nothing is written unless one has failed since the last look."""
    now = parts.clock.now()
    failed = [
        job for job in await parts.storage.jobs(workspace_id, _JOBS_MAX) if _failed_since(job, now - DAY_MS)
    ]
    if not failed:
        return
    mark = (await parts.storage.alert_marks(workspace_id, [_MARK])).get(_MARK)
    since = now - DAY_MS if mark is None else mark - _OVERLAP_MS
    fresh = [job for job in failed if _failed_since(job, since)]
    if not fresh:
        return

    async def work(changes: Changes) -> None:
        await changes.move_alert_mark(workspace_id, _MARK, mark, now)
        for job in fresh:
            await changes.send(_message(job, now))

    await parts.storage.change(work)


def _failed_since(job: Job, since: int) -> bool:
    """Whether it has failed since then; those of scheduled exports tell of themselves, once they give up."""
    if job.kind == SCHEDULED_EXPORT:
        return False
    return job.state == "failed" and job.finished_at is not None and job.finished_at > since


def _message(job: Job, now: int) -> NewMessage:
    wire = job_id_text(job.id)
    why = job.error or "the server's log has more"
    return NewMessage(
        workspace_id=job.workspace_id,
        kind="job.failed",
        severity="warning",
        title=f"The job {wire} ({job.kind}) has failed",
        text=f"It had done {job.done:,} of {job.total:,}, and ended: {why}.",
        path="/settings/exports" if job.kind == "export" else "",
        facts=(Fact("Kind", job.kind), Fact("Why", why)),
        data={"jobId": wire, "kind": job.kind, "error": job.error},
        dedupe_key=f"job.failed:{wire}",
        incident_key=f"job:failed:{wire}",
        created_at=now,
    )
