"""The scheduled exports of a workspace: list, add, change, remove, run now, and try out where files go."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, Final

from msgspec import UNSET
from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from farthing.actions.export_schedules.places import place_of
from farthing.actions.export_schedules.schedule_fields import (
    NewSchedule,
    ScheduleChange,
    problem,
    read_content,
    read_destination,
    read_name,
    read_rhythm,
    read_time,
    read_zone,
)
from farthing.actions.export_schedules.scheduled_work import new_job
from farthing.actions.exports.export_jobs import SCHEDULED_EXPORT
from farthing.actions.parts import Parts
from farthing.notify.outcome import Outcome
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.written_filters import filter_pairs
from farthing.rules.audit import changed
from farthing.rules.export_schedule import (
    SCHEDULES_MAX,
    BucketSecret,
    ExportSchedule,
    Rhythm,
    begun,
    last_period,
    period_at,
    period_name,
    timed,
)
from farthing.rules.ids import export_schedule_id_text, job_id_text
from farthing.rules.job import Job
from farthing.rules.periods import Window, midnight
from farthing.rules.quiet_hours import clock_text

RUNS_LOOKED_AT: Final = 500
"""So many of the workspace's newest runs are looked through for those of one schedule."""
_FIRST_YEAR, _LAST_YEAR = 2000, 2999
_TIMES: Final = ("every", "timezone")
_CONTENT: Final = ("what", "format", "focus_version", "by", "filters")


async def list_schedules(parts: Parts, asker: Asker) -> list[ExportSchedule]:
    """Those of the workspace, by name."""
    return await parts.storage.export_schedules(asker.workspace.id)


async def find_schedule(parts: Parts, asker: Asker, schedule_id: int) -> ExportSchedule:
    """One of the workspace. Raises NotFoundError."""
    found = await parts.storage.export_schedule(asker.workspace.id, schedule_id)
    if found is None:
        wire = export_schedule_id_text(schedule_id)
        raise NotFoundError(f"there is no scheduled export {wire} in this workspace")
    return found


async def list_runs(parts: Parts, workspace_id: int, limit: int) -> dict[int, list[Job]]:
    """The newest runs of each scheduled export by its id, newest first."""
    found: dict[int, list[Job]] = {}
    for job in await parts.storage.jobs_of(workspace_id, SCHEDULED_EXPORT, RUNS_LOOKED_AT):
        runs = found.setdefault(job.subject_id, [])
        if len(runs) < limit:
            runs.append(job)
    return found


async def add_schedule(parts: Parts, asker: Asker, given: NewSchedule) -> ExportSchedule:
    """Make one. Raises InvalidInputError, ConflictError, and AlreadyExistsError for a name in use."""
    name, now = read_name(given.name), parts.clock.now()
    problems: list[FieldProblem] = []
    content: dict[str, Any] = {}
    try:
        content = await _content(parts, asker, given)
    except InvalidInputError as error:
        problems += error.problems
    try:
        destination, secret = read_destination(parts, given.destination)
    except InvalidInputError as error:
        raise InvalidInputError([*problems, *error.problems]) from error
    if problems:
        raise InvalidInputError(problems)
    new = ExportSchedule(
        workspace_id=asker.workspace.id,
        name=name,
        **content,
        every=_rhythm(given.every),
        at_minute=read_time(given.at),
        timezone=read_zone(given.timezone or asker.workspace.timezone),
        destination=destination,
        is_enabled=given.is_enabled,
        next_start=0,
        next_at=0,
        created_by=asker.user.id,
        created_at=now,
    )
    if len(await list_schedules(parts, asker)) >= SCHEDULES_MAX:
        told = f"this workspace has {SCHEDULES_MAX} scheduled exports; one has to be removed first"
        raise ConflictError(told)
    return await change(parts, asker, partial(_add, begun(new, now), secret))


async def _add(new: ExportSchedule, secret: BucketSecret | None, audited: Audited) -> ExportSchedule:
    added = await audited.changes.add_export_schedule(new, secret)
    await audited.enter("export_schedule.created", export_schedule_id_text(added.id), after=described(added))
    return added


async def change_schedule(
    parts: Parts, asker: Asker, schedule_id: int, given: ScheduleChange
) -> ExportSchedule:
    """Change what is given. Raises NotFoundError, InvalidInputError, ConflictError, AlreadyExistsError.

    With another rhythm or zone, or switched on again, it begins with the period that is not over yet.
    """
    before = await find_schedule(parts, asker, schedule_id)
    after = replace(before, **await _changed_fields(parts, asker, before, given))
    secret = None
    if given.destination is not UNSET:
        destination, secret = read_destination(parts, given.destination)
        after = replace(after, destination=destination)
    is_new_time = any(getattr(after, name) != getattr(before, name) for name in _TIMES)
    if is_new_time or (after.is_enabled and not before.is_enabled):
        after = begun(after, parts.clock.now())
    elif after.at_minute != before.at_minute:
        after = timed(after)
    return await change(parts, asker, partial(_change, before, after, secret))


async def _changed_fields(
    parts: Parts, asker: Asker, before: ExportSchedule, given: ScheduleChange
) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if given.name is not UNSET:
        fields["name"] = read_name(given.name)
    if given.every is not UNSET:
        fields["every"] = _rhythm(given.every)
    if given.at is not UNSET:
        fields["at_minute"] = read_time(given.at)
    if given.timezone is not UNSET:
        fields["timezone"] = read_zone(given.timezone)
    if given.is_enabled is not UNSET:
        fields["is_enabled"] = given.is_enabled
    told = {name: getattr(given, name) for name in _CONTENT if getattr(given, name) is not UNSET}
    if told:
        fields |= await _content(parts, asker, _as_given(before, told))
    return fields


def _as_given(before: ExportSchedule, told: dict[str, Any]) -> NewSchedule:
    """What it exports with what is to change of that; what goes with another format or subject is dropped."""
    form, what = told.get("format", before.format), told.get("what", before.what)
    filters: dict[str, str | list[str]] = {}
    for name, value in before.filters:
        filters[name] = [*filters.get(name, []), value]
    kept: dict[str, Any] = {
        "what": what,
        "format": form,
        "focus_version": (before.focus_version or None) if form.startswith("focus") else None,
        "by": [DIMENSIONS[name].wire for name in before.dimensions] if what == "summary" else [],
        "filters": filters,
    }
    nowhere: Any = None
    return NewSchedule(name=before.name, destination=nowhere, **(kept | told))


async def _content(parts: Parts, asker: Asker, given: NewSchedule) -> dict[str, Any]:
    asked = await read_content(parts, asker, given)
    return {
        "what": asked.what,
        "format": asked.format,
        "focus_version": asked.focus_version if asked.is_focus else "",
        "dimensions": asked.by,
        "filters": tuple(filter_pairs(asked.query.filters)),
    }


async def _change(
    before: ExportSchedule, after: ExportSchedule, secret: BucketSecret | None, audited: Audited
) -> ExportSchedule:
    kept = await audited.changes.change_export_schedule(after)
    if kept is None:
        raise ConflictError("the scheduled export has just run or been changed; nothing was done")
    told = changed(described(before), described(after))
    if secret is not None:
        await audited.changes.set_export_secret(after.workspace_id, after.id, secret)
        told[1]["secret"] = "replaced"  # noqa: S105 - a word
    await audited.enter("export_schedule.changed", export_schedule_id_text(after.id), *told)
    return kept


async def remove_schedule(parts: Parts, asker: Asker, schedule_id: int) -> None:
    """Export by it no more, and forget its secret; what was delivered stays.

    Raises NotFoundError, and ConflictError.
    """
    before = await find_schedule(parts, asker, schedule_id)
    await change(parts, asker, partial(_remove, before))


async def _remove(before: ExportSchedule, audited: Audited) -> None:
    gone = replace(before, removed_at=audited.at)
    if await audited.changes.change_export_schedule(gone) is None:
        raise ConflictError("the scheduled export has just run or been changed; nothing was done")
    await audited.enter(
        "export_schedule.removed", export_schedule_id_text(before.id), before=described(before)
    )


async def run_now(parts: Parts, asker: Asker, schedule_id: int, day: date | None = None) -> Job:
    """Export the last period that is over, or the one that holds the local day, beside the others.

    The file is that of the period's own turn, which comes all the same. Raises NotFoundError,
    InvalidInputError for a period that is not over, and ConflictError while it is asked for already.
    """
    schedule = await find_schedule(parts, asker, schedule_id)
    now = parts.clock.now()
    period = last_period(now, schedule.every, schedule.zone)
    if day is not None:
        if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
            raise problem("day", f"must be in the years {_FIRST_YEAR} to {_LAST_YEAR}")
        period = period_at(midnight(day, schedule.zone), schedule.every, schedule.zone)
        if period.end > now:
            raise problem("day", "must be in a period that is over")
    for job in await parts.storage.unfinished_jobs():
        if (job.workspace_id, job.kind, job.subject_id) == (
            asker.workspace.id,
            SCHEDULED_EXPORT,
            schedule_id,
        ) and job.created_by != 0:
            raise ConflictError(f"{job_id_text(job.id)} is doing that already")
    return await change(parts, asker, partial(_run, schedule, period))


async def _run(schedule: ExportSchedule, period: Window, audited: Audited) -> Job:
    asked = new_job(schedule, period, audited.at)
    by: Any = audited.asker.user.id
    job = await audited.changes.add_job(replace(asked, created_by=by))
    told = {"period": period_name(period, schedule.every, schedule.zone), "job": job_id_text(job.id)}
    await audited.enter("export_schedule.run", export_schedule_id_text(schedule.id), after=told)
    return job


async def try_destination(parts: Parts, asker: Asker, schedule_id: int) -> Outcome:
    """Put a small file there and take it away again. Raises NotFoundError."""
    schedule = await find_schedule(parts, asker, schedule_id)
    return await (await place_of(parts, schedule, asker.workspace)).try_out()


def described(schedule: ExportSchedule) -> dict[str, Any]:
    """What may be told of one, by wire names."""
    return {
        "name": schedule.name,
        "what": schedule.what,
        "format": schedule.format,
        "focusVersion": schedule.focus_version or None,
        "by": [DIMENSIONS[name].wire for name in schedule.dimensions],
        "filters": [list(pair) for pair in schedule.filters],
        "every": schedule.every,
        "at": clock_text(schedule.at_minute),
        "timezone": schedule.timezone,
        "destination": destination_shape(schedule),
        "isEnabled": schedule.is_enabled,
    }


def destination_shape(schedule: ExportSchedule) -> dict[str, str]:
    """Where files go, without the secret."""
    to = schedule.destination
    if to.kind == "folder":
        return {"kind": to.kind, "folder": to.folder}
    return {
        "kind": to.kind,
        "endpoint": to.endpoint,
        "region": to.region,
        "bucket": to.bucket,
        "prefix": to.prefix,
        "keyId": to.key_id,
    }


def destination_text(schedule: ExportSchedule) -> str:
    """Where files go, as people read it."""
    to = schedule.destination
    if to.kind == "folder":
        return f"folder {to.folder or '/'}"
    host = to.endpoint.partition("://")[2].rstrip("/")
    return f"s3://{'/'.join(filter(None, (to.bucket, to.prefix)))} at {host}"


def _rhythm(text: str) -> Rhythm:
    rhythm: Any = read_rhythm(text)
    known: Rhythm = rhythm
    return known
