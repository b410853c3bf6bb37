"""Long work over HTTP (contract 17.8): asked for with 202, followed until it has ended."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.events.load_demo import find_job_of_key
from farthing.actions.jobs.kinds import KINDS
from farthing.actions.jobs.list_schedules import Turn, list_schedules
from farthing.actions.jobs.manage_jobs import cancel_job, find_job, job_number, list_jobs
from farthing.actions.reads.query_parameters import Parameters
from farthing.api.access import given_asker, key_of
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import DESCRIPTIONS, operation_with, query_parameter, whole_number
from farthing.rules.ids import job_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job, JobState

_LISTED: Final = 20
_MOST: Final = 200
_SECOND_MS: Final = 1_000


class ProgressShape(msgspec.Struct, frozen=True):
    """`done` of `total` steps, in what the kind counts; both 0 until that is known."""

    done: int
    total: int


class JobItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A job. `result` is what it made, `error` why it failed; both null until it has ended.

    `result` is null, too, for whoever may not do what the job does.
    """

    id: str
    kind: str
    state: JobState
    progress: ProgressShape
    result: dict[str, Any] | None
    error: str | None
    created_at: str
    finished_at: str | None


class JobList(msgspec.Struct, frozen=True):
    """Jobs, newest first."""

    items: list[JobItem]


@get(
    "/jobs",
    tags=["jobs"],
    needs="read",
    operation_class=operation_with([query_parameter("limit", DESCRIPTIONS["limit"], whole_number(1, _MOST))]),
)
async def get_jobs(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> JobList:
    """The long work of the workspace, newest first, done or under way."""
    parameters = Parameters(request.query_params.multi_items())
    parameters.refuse_others(("limit",))
    limit = parameters.whole("limit", 1, _MOST, _LISTED)
    parameters.raise_problems()
    return JobList([seen_by(asker, job) for job in await list_jobs(parts, asker, limit)])


class ScheduleItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Something that is done by itself, about every so many seconds; its times are null at first."""

    name: str
    about: str
    every_seconds: int
    last_at: str | None
    next_at: str | None


class ScheduleList(msgspec.Struct, frozen=True):
    """What is next comes first."""

    items: list[ScheduleItem]


@get("/jobs/schedules", tags=["jobs"], needs="read")
async def get_schedules(parts: GivenParts) -> ScheduleList:
    """What the servers of the installation do by themselves: when they did last, and when they will."""
    return ScheduleList([schedule_item(turn) for turn in await list_schedules(parts)])


def schedule_item(turn: Turn) -> ScheduleItem:
    return ScheduleItem(
        name=turn.name,
        about=turn.about,
        every_seconds=turn.every_ms // _SECOND_MS,
        last_at=None if turn.last_at is None else instant(turn.last_at),
        next_at=None if turn.next_at is None else instant(turn.next_at),
    )


@get(
    "/jobs/{job_id:str}",
    tags=["jobs"],
    security=[{"apiKey": []}, {"bearer": []}],
    needs="read",
    or_key=True,
)
async def get_job(request: Request[Any, Any, Any], job_id: FromPath[str], parts: GivenParts) -> JobItem:
    """How far a job is, and how it ended. With a key: only jobs that were asked for with the same key."""
    key, number = key_of(request), job_number(job_id)
    if key is None:
        asker = given_asker(request)
        return seen_by(asker, await find_job(parts, asker, number))
    job = await find_job_of_key(parts, key, number)
    if job is None:
        raise NotFoundError(f"this key has asked for no job {job_id_text(number)}")
    return job_item(job)


@post("/jobs/{job_id:str}/cancel", status_code=200, tags=["jobs"], needs="read")
async def post_cancel(job_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> JobItem:
    """End a job before it is done. What it has changed stays changed; a re-pricing can then be reverted.

    For whoever may do what it does.
    """
    return job_item(await cancel_job(parts, asker, job_number(job_id)))


def seen_by(asker: Asker, job: Job) -> JobItem:
    """What a job made is for whoever may do what it does: the certificate of an erasure is for few."""
    item = job_item(job)
    kind = KINDS.get(job.kind)
    return item if kind is not None and asker.may(kind.needs) else replace(item, result=None)


def job_item(job: Job) -> JobItem:
    return JobItem(
        id=job_id_text(job.id),
        kind=job.kind,
        state=job.state,
        progress=ProgressShape(job.done, job.total),
        result=job.result,
        error=job.error,
        created_at=instant(job.created_at),
        finished_at=None if job.finished_at is None else instant(job.finished_at),
    )


HANDLERS = [get_jobs, get_schedules, post_cancel]
"""Those for people alone; `get_job` takes a key too."""
