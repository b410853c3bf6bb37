"""`farthing export schedule`: what a workspace exports by itself, for whoever may touch the database."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from cyclopts import Parameter
from msgspec import UNSET

from farthing.actions.asker import Asker
from farthing.actions.errors import ConflictError, FieldProblem, InvalidInputError, NotFoundError
from farthing.actions.export_schedules.manage_schedules import (
    add_schedule,
    change_schedule,
    destination_text,
    list_runs,
    list_schedules,
    remove_schedule,
    run_now,
)
from farthing.actions.export_schedules.schedule_fields import (
    DestinationFields,
    NewSchedule,
    ScheduleChange,
)
from farthing.actions.export_schedules.scheduled_work import delivered_of
from farthing.actions.exports.export_jobs import SCHEDULED_EXPORT
from farthing.actions.parts import Parts
from farthing.api.export_schedules import schedule_item
from farthing.cli.filter_options import Several
from farthing.cli.job_bar import job_bar
from farthing.cli.passwords import secret_line
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, ids, table, tell, tell_done, words
from farthing.jobs.runner import next_job, run_job
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.ids import export_schedule_id_text
from farthing.rules.instants import instant, local_text
from farthing.rules.job import Job

_SECRET = "Secret access key of the bucket: "  # noqa: S105 - what is asked for


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Timing:
    """What is exported, and when. Whatever is left out is as the API has it, or stays as it is.

    Parameters
    ----------
    as_format
        csv, json, ndjson, parquet, focus or focus-parquet [default: csv].
    focus_version
        Version of FOCUS.
    by
        A dimension that splits a summary; up to two.
    filter
        A filter as the API names it, such as 'dataMode=all' or 'userId=!bob'; may be repeated.
    every
        daily, weekly (from Monday) or monthly [default: daily].
    at
        A time of day, such as 03:00 (which is the default).
    timezone
        Whose days and clock [default: the workspace's].
    """

    as_format: Annotated[str | None, Parameter(name="--format")] = None
    focus_version: str | None = None
    by: Several = ()
    filter: Several = ()
    every: str | None = None
    at: str | None = None
    timezone: str | None = None

    def given(self) -> dict[str, Any]:
        """By the fields of the API."""
        told: dict[str, Any] = {
            "format": self.as_format,
            "focus_version": self.focus_version,
            "by": list(self.by) or None,
            "filters": _filters(self.filter) or None,
            "every": self.every,
            "at": self.at,
            "timezone": self.timezone,
        }
        return {name: value for name, value in told.items() if value is not None}


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Target:
    """Where files go: a folder, or a bucket with all that leads to it.

    Parameters
    ----------
    folder
        A folder below the one that the setting export_root names.
    bucket
        The bucket of an S3-compatible service. Its secret access key is the first line of standard input.
    endpoint
        Address of the service, such as https://s3.eu-central-1.amazonaws.com.
    region
        Its region, such as eu-central-1.
    prefix
        What the names of objects begin with.
    key_id
        The access key id.
    """

    folder: str | None = None
    bucket: str | None = None
    endpoint: str | None = None
    region: str | None = None
    prefix: str | None = None
    key_id: str | None = None

    def fields(self) -> DestinationFields | None:
        """By the fields of the API; None without any. Asks for a bucket's secret."""
        of_bucket = (self.bucket, self.endpoint, self.region, self.prefix, self.key_id)
        if self.folder is not None and any(of_bucket):
            raise InvalidInputError([FieldProblem("--folder", "goes without the flags of a bucket")])
        if self.folder is not None:
            return DestinationFields(kind="folder", folder=self.folder)
        if not any(of_bucket):
            return None
        return DestinationFields(
            kind="s3",
            bucket=self.bucket,
            endpoint=self.endpoint,
            region=self.region,
            prefix=self.prefix,
            key_id=self.key_id,
            secret=secret_line(_SECRET),
        )


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Export(Target, Timing):
    """What is written, when, and where it goes."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Other:
    """What else is to change.

    Parameters
    ----------
    name
        Another name.
    what
        requests or summary.
    on
        Switch it on, or off: on again, it begins with the period that is not over yet.
    """

    name: str | None = None
    what: Literal["requests", "summary"] | None = None
    on: Annotated[bool | None, Parameter(negative="--off")] = None

    def given(self) -> dict[str, Any]:
        """By the fields of the API."""
        told = {"name": self.name, "what": self.what, "is_enabled": self.on}
        return {name: value for name, value in told.items() if value is not None}


_NO_OTHER = Other()
_AS_IT_IS = Export()


def list_all(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """List what a workspace exports by itself, by name, and what became of it.

    Parameters
    ----------
    as_json
        Print a list of what the API tells of each.
    """

    async def work(parts: Parts) -> list[tuple[ExportSchedule, list[Job]]]:
        asker = await whom.asker(parts)
        runs = await list_runs(parts, asker.workspace.id, 1)
        return [(each, runs.get(each.id, [])) for each in await list_schedules(parts, asker)]

    found = work_with(place, work)
    if as_json:
        items = [msgspec.to_builtins(schedule_item(*each)) for each in found]
        print(json.dumps(items))
        return
    shown = table()
    ids(shown, "Id")
    for heading in ("Name", "What", "When", "Goes to", "State", "Next"):
        words(shown, heading)
    for each, _ in found:
        when = f"{each.every} {each.at_minute // 60:02}:{each.at_minute % 60:02} {each.timezone}"
        following = local_text(each.next_at, each.zone)[:16] if each.is_enabled else ""
        state = each.state if each.error is None else f"{each.state}: {each.error}"
        what = f"{each.what}, {each.format}"
        shown.add_row(
            export_schedule_id_text(each.id), each.name, what, when, destination_text(each), state, following
        )
    tell(shown)


def add(
    name: str,
    what: Literal["requests", "summary"],
    *,
    whom: Whom,
    export: Export = _AS_IT_IS,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Export something by itself, by a running server; the first period is the one that is not over yet.

    Parameters
    ----------
    name
        What people call it.
    what
        requests or summary.
    as_json
        Print what the API tells of it.
    """
    destination = export.fields()
    if destination is None:
        raise InvalidInputError([FieldProblem("--folder", "or --bucket must say where files go")])
    new = NewSchedule(name=name, what=what, destination=destination, **export.given())

    async def work(parts: Parts) -> ExportSchedule:
        return await add_schedule(parts, await whom.asker(parts), new)

    _told(work_with(place, work), as_json=as_json)


def change(
    schedule: str,
    *,
    whom: Whom,
    other: Other = _NO_OTHER,
    export: Export = _AS_IT_IS,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Change what is given. Where files go is given as a whole, the secret of a bucket too.

    Parameters
    ----------
    schedule
        Its name or id.
    as_json
        Print what the API tells of it.
    """
    destination = export.fields()
    given = ScheduleChange(
        destination=UNSET if destination is None else destination, **other.given(), **export.given()
    )

    async def work(parts: Parts) -> ExportSchedule:
        asker = await whom.asker(parts)
        return await change_schedule(parts, asker, (await _find(parts, asker, schedule)).id, given)

    _told(work_with(place, work), as_json=as_json)


def remove(schedule: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Export by it no more, and forget its secret. What was delivered stays where it is.

    Parameters
    ----------
    schedule
        Its name or id.
    as_json
        Print {"id", "name"}.
    """

    async def work(parts: Parts) -> ExportSchedule:
        asker = await whom.asker(parts)
        found = await _find(parts, asker, schedule)
        await remove_schedule(parts, asker, found.id)
        return found

    gone = work_with(place, work)
    told = {"id": export_schedule_id_text(gone.id), "name": gone.name}
    tell_done(f"{gone.name} is removed", told, as_json=as_json)


def run(
    schedule: str, *, whom: Whom, day: date | None = None, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Export a period that is over, now, and say where its file is.

    Parameters
    ----------
    schedule
        Its name or id.
    day
        A day of the period [default: the last one that is over].
    as_json
        Print {"path", "rows", "bytes", "sha256"}.
    """

    async def work(parts: Parts) -> Job:
        asker = await whom.asker(parts)
        found = await _find(parts, asker, schedule)
        wanted = await run_now(parts, asker, found.id, day)
        with job_bar({SCHEDULED_EXPORT: "Exporting"}) as told:
            while (free := await next_job(parts, asker.workspace.id)) is not None:
                done = await run_job(parts, free, told if free.id == wanted.id else lambda _: None)
                if done.id == wanted.id:
                    return done
        return await parts.storage.job(wanted.workspace_id, wanted.id) or wanted

    job = work_with(place, work)
    made = delivered_of(job)
    if made is None:
        raise ConflictError(job.error or f"the job has {job.state}; a running server goes on with it")
    sentence = f"{made.path}: {made.row_count} rows, {made.byte_count} bytes, sha256 {made.sha256}"
    told = {"path": made.path, "rows": made.row_count, "bytes": made.byte_count, "sha256": made.sha256}
    tell_done(sentence, told, as_json=as_json)


async def _find(parts: Parts, asker: Asker, schedule: str) -> ExportSchedule:
    for each in await list_schedules(parts, asker):
        if schedule in (each.name, export_schedule_id_text(each.id)):
            return each
    raise NotFoundError(f"there is no scheduled export {schedule!r} in this workspace")


def _told(schedule: ExportSchedule, *, as_json: bool) -> None:
    wire, where = export_schedule_id_text(schedule.id), destination_text(schedule)
    tell_done(f"{wire} {schedule.name}: {where}", schedule_item(schedule, []), as_json=as_json)
    if schedule.is_enabled:
        print(f"first at {instant(schedule.next_at)}, of {instant(schedule.next_start)} on", file=sys.stderr)


def _filters(given: tuple[str, ...]) -> dict[str, list[str]]:
    filters: dict[str, list[str]] = {}
    for each in given:
        name, is_pair, value = each.partition("=")
        if not is_pair:
            raise InvalidInputError([FieldProblem("--filter", f"must be such as model=gpt-4o, not {each!r}")])
        filters.setdefault(name, []).append(value)
    return filters
