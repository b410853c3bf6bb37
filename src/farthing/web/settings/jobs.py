"""Long work as a page: what is under way, what has ended and how, and what the servers do by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.jobs.list_schedules import list_schedules
from farthing.actions.jobs.manage_jobs import cancel_job, job_number, list_jobs, may_cancel
from farthing.actions.jobs.schedule import BY_ITSELF
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.rules.ids import job_id_text
from farthing.rules.job import Job
from farthing.web.address import address_of
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH: Final = "/settings/jobs"
_LISTED: Final = 30
_MOST: Final = 200
_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
_DAY_MS: Final = 86_400_000
WORDS: Final = {
    "reprice_preview": "Preview of a re-pricing",
    "reprice_apply": "Re-pricing",
    "reprice_revert": "Taking back a re-pricing",
    "erasure": "Erasure",
    "retention_run": "Removal by age",
    "delete_data": "Deletion of test or demo data",
    "export": "Export",
    "scheduled_export": "Scheduled export",
    "sweep_names": "Sweep of unused names",
    "demo_load": "Demo data",
    "verify_copy": "Comparison of the analytics copy",
}
"""What kinds of jobs are called; a test holds it to the kinds there are."""
PLACES: Final = {
    "delete_data": "/settings/data",
    "demo_load": "/settings/data",
    "export": "/settings/exports",
    "scheduled_export": "/settings/exports",
    "erasure": "/settings/erasures",
    "retention_run": "/settings/retention",
}
"""The page that kinds of jobs are asked for on, where there is one."""


@dataclass(frozen=True)
class JobLine:
    """A job; `who` asked for it, `place` is the page it belongs to."""

    wire: str
    job: Job
    what: str
    who: str
    place: str | None
    may_cancel: bool

    @property
    def percent(self) -> int | None:
        """How far it is; None while that is not known."""
        return min(100, 100 * self.job.done // self.job.total) if self.job.total else None


@dataclass(frozen=True)
class TurnLine:
    """Something that is done by itself; `is_late` where nobody takes its turn."""

    about: str
    every: str
    last_at: int | None
    next_at: int | None
    is_late: bool


@get(_PATH, needs="read")
async def show_jobs(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The newest jobs of the workspace, and the turns of the installation."""
    pairs = address_of(_PATH, request.query_params.multi_items()).pairs
    parameters = Parameters(pairs)
    parameters.refuse_others(("limit",))
    limit = parameters.whole("limit", 1, _MOST, _LISTED)
    parameters.raise_problems()
    jobs = await list_jobs(parts, asker, limit + 1)
    return render(
        request,
        "jobs",
        Frame(asker, "jobs"),
        lines=await _lines(parts, asker, jobs[:limit]),
        more=f"{_PATH}?limit={_MOST}" if len(jobs) > limit < _MOST else None,
        is_cut=len(jobs) > limit == _MOST,
        limit=limit,
        under_way=any(not job.is_ended for job in jobs),
        turns=await _turns(parts),
    )


@post(_PATH + "/{job_id:str}/cancel", needs="read")
async def cancel(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, job_id: FromPath[str]
) -> Response[Any]:
    """End a job; for whoever may do what it does."""
    await cancel_job(parts, asker, job_number(job_id))
    return redirect(request, _PATH)


async def _lines(parts: Parts, asker: Asker, jobs: list[Job]) -> tuple[JobLine, ...]:
    people = {each.user.id: each.user.email for each in await parts.storage.members(asker.workspace.id)}
    people[BY_ITSELF] = "by itself"
    return tuple(
        JobLine(
            wire=job_id_text(job.id),
            job=job,
            what=WORDS.get(job.kind, job.kind),
            who=people.get(job.created_by, "somebody who left"),
            place=PLACES.get(job.kind),
            may_cancel=may_cancel(asker, job),
        )
        for job in jobs
    )


async def _turns(parts: Parts) -> tuple[TurnLine, ...]:
    now = parts.clock.now()
    return tuple(
        TurnLine(
            about=turn.about,
            every=every_text(turn.every_ms),
            last_at=turn.last_at,
            next_at=turn.next_at,
            is_late=turn.next_at is not None and turn.next_at + max(turn.every_ms, _MINUTE_MS) < now,
        )
        for turn in await list_schedules(parts)
    )


def every_text(ms: int) -> str:
    """How often, e.g. "every 5 minutes", "every day"."""
    for unit_ms, unit in (
        (_DAY_MS, "day"),
        (_HOUR_MS, "hour"),
        (_MINUTE_MS, "minute"),
        (_SECOND_MS, "second"),
    ):
        number, rest = divmod(ms, unit_ms)
        if number and not rest:
            return f"every {unit}" if number == 1 else f"every {number} {unit}s"
    return f"every {ms} ms"


HANDLERS: Final = (show_jobs, cancel)
