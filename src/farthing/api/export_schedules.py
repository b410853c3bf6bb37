"""Scheduled exports over HTTP: what is exported by itself, when, where to, and what became of it."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from farthing.actions.errors import NotFoundError
from farthing.actions.export_schedules.manage_schedules import (
    add_schedule,
    change_schedule,
    described,
    find_schedule,
    list_runs,
    list_schedules,
    remove_schedule,
    run_now,
    try_destination,
)
from farthing.actions.export_schedules.schedule_fields import NewSchedule, ScheduleChange
from farthing.actions.export_schedules.scheduled_work import Delivered, delivered_of, period_of
from farthing.api.answers import StatusAnswer
from farthing.api.export_jobs import ExportStarted
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.jobs import ProgressShape
from farthing.rules.export_schedule import DestinationKind, ExportSchedule, Rhythm, ScheduleState
from farthing.rules.ids import export_schedule_id_number, export_schedule_id_text, job_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job, JobState

_NUMBER_MAX: Final = 2**31 - 1
_RUNS: Final = 10
_RUNS_LISTED: Final = 1


class PeriodShape(msgspec.Struct, frozen=True, rename={"start": "from", "end": "to"}):
    """A local day, week or month; its end is left out."""

    start: str
    end: str


class DestinationShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where files go; the secret of a bucket is never told."""

    kind: DestinationKind
    folder: str | None = None
    endpoint: str | None = None
    region: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    key_id: str | None = None


class RunItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One attempt to export a period. `isManual` says that somebody asked for it."""

    job_id: str
    period: PeriodShape
    state: JobState
    progress: ProgressShape
    error: str | None
    is_manual: bool
    created_at: str
    finished_at: str | None
    delivered: Delivered | None


class ExportScheduleItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A scheduled export. `error` is what the last attempt failed for, null once one succeeds.

    waiting: the next period is not due. retrying: attempts of it failed, and there will be others at
    `nextAt`. failed: the last period was given up. `runs` are the newest, newest first.
    """

    id: str
    name: str
    what: str
    format: str
    focus_version: str | None
    by: list[str]
    filters: dict[str, list[str]]
    every: Rhythm
    at: str
    timezone: str
    destination: DestinationShape
    is_enabled: bool
    state: ScheduleState
    error: str | None
    attempt_count: int
    next_period: PeriodShape
    next_at: str | None
    created_at: str
    runs: list[RunItem]


class ExportScheduleList(msgspec.Struct, frozen=True):
    """All of the workspace, by name, each with its newest run."""

    items: list[ExportScheduleItem]


class RunBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which period: the one that holds this local day, the last that is over without it."""

    day: date | None = None


class DestinationTest(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a small file that was put there."""

    ok: bool
    message: str


@get("/settings/export-schedules", tags=["exports"], needs="export")
async def get_schedules(parts: GivenParts, asker: GivenAsker) -> ExportScheduleList:
    """What the workspace exports by itself."""
    runs = await list_runs(parts, asker.workspace.id, _RUNS_LISTED)
    found = await list_schedules(parts, asker)
    return ExportScheduleList([schedule_item(each, runs.get(each.id, [])) for each in found])


@post("/settings/export-schedules", tags=["exports"], needs="manage_settings")
async def post_schedule(
    data: JSONBody[NewSchedule], parts: GivenParts, asker: GivenAsker
) -> ExportScheduleItem:
    """Export something by itself from now on; the first period is the one that is not over yet."""
    return schedule_item(await add_schedule(parts, asker, data), [])


@get("/settings/export-schedules/{schedule_id:str}", tags=["exports"], needs="export")
async def get_schedule(
    schedule_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> ExportScheduleItem:
    """One, with its newest runs."""
    found = await find_schedule(parts, asker, schedule_number(schedule_id))
    runs = await list_runs(parts, asker.workspace.id, _RUNS)
    return schedule_item(found, runs.get(found.id, []))


@patch("/settings/export-schedules/{schedule_id:str}", tags=["exports"], needs="manage_settings")
async def patch_schedule(
    schedule_id: FromPath[str], data: JSONBody[ScheduleChange], parts: GivenParts, asker: GivenAsker
) -> ExportScheduleItem:
    """Change what is given. With another rhythm or zone, or switched on again, it begins anew."""
    after = await change_schedule(parts, asker, schedule_number(schedule_id), data)
    runs = await list_runs(parts, asker.workspace.id, _RUNS)
    return schedule_item(after, runs.get(after.id, []))


@delete(
    "/settings/export-schedules/{schedule_id:str}",
    status_code=200,
    tags=["exports"],
    needs="manage_settings",
)
async def delete_schedule(schedule_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Export by it no more, and forget its secret. What was delivered stays where it is."""
    await remove_schedule(parts, asker, schedule_number(schedule_id))
    return StatusAnswer()


@post(
    "/settings/export-schedules/{schedule_id:str}/run",
    status_code=202,
    tags=["exports"],
    needs="manage_settings",
)
async def post_run(
    schedule_id: FromPath[str], data: JSONBody[RunBody], parts: GivenParts, asker: GivenAsker
) -> ExportStarted:
    """Export a period that is over now, whatever was exported before; its file takes the old one's place."""
    job = await run_now(parts, asker, schedule_number(schedule_id), data.day)
    return ExportStarted(job_id_text(job.id))


@post(
    "/settings/export-schedules/{schedule_id:str}/test",
    status_code=200,
    tags=["exports"],
    needs="manage_settings",
)
async def post_destination_test(
    schedule_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> DestinationTest:
    """Put a small file where the others go and take it away again, now: 20 seconds at most."""
    outcome = await try_destination(parts, asker, schedule_number(schedule_id))
    return DestinationTest(ok=outcome.is_sent, message=outcome.reason)


def schedule_item(schedule: ExportSchedule, runs: list[Job]) -> ExportScheduleItem:
    told: dict[str, Any] = described(schedule)
    filters: dict[str, list[str]] = {}
    for name, value in schedule.filters:
        filters.setdefault(name, []).append(value)
    period = schedule.next_period
    return ExportScheduleItem(
        id=export_schedule_id_text(schedule.id),
        name=schedule.name,
        what=schedule.what,
        format=schedule.format,
        focus_version=told["focusVersion"],
        by=told["by"],
        filters=filters,
        every=schedule.every,
        at=told["at"],
        timezone=schedule.timezone,
        destination=msgspec.convert(told["destination"], DestinationShape),
        is_enabled=schedule.is_enabled,
        state=schedule.state,
        error=schedule.error,
        attempt_count=schedule.attempt_count,
        next_period=PeriodShape(instant(period.start), instant(period.end)),
        next_at=instant(schedule.next_at) if schedule.is_enabled else None,
        created_at=instant(schedule.created_at),
        runs=[run_item(each) for each in runs],
    )


def run_item(job: Job) -> RunItem:
    period = period_of(job)
    return RunItem(
        job_id=job_id_text(job.id),
        period=PeriodShape(instant(period.start), instant(period.end)),
        state=job.state,
        progress=ProgressShape(job.done, job.total),
        error=job.error,
        is_manual=job.created_by != 0,
        created_at=instant(job.created_at),
        finished_at=None if job.finished_at is None else instant(job.finished_at),
        delivered=delivered_of(job),
    )


def schedule_number(text: str) -> int:
    """The number of a scheduled export. Raises NotFoundError for text that can't be one."""
    number = export_schedule_id_number(text)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no scheduled export {text[:40]!r} in this workspace")
    return number


HANDLERS: Final = [
    get_schedules,
    post_schedule,
    get_schedule,
    patch_schedule,
    delete_schedule,
    post_run,
    post_destination_test,
]
