"""The job that exports one period: makes the file here, and then puts it where it is wanted.

Begun again after a crash it does all of it again; the file has the same name and takes the first one's place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Final

import msgspec

from farthing.actions.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    NotInstalledError,
)
from farthing.actions.export_schedules.places import Place, place_of
from farthing.actions.exports.asked import Asked, read_asked
from farthing.actions.exports.export import Export, begin_export, pieces
from farthing.actions.exports.export_files import ExportFolder, Written
from farthing.actions.exports.export_jobs import SCHEDULED_EXPORT, workspace_of
from farthing.actions.exports.export_work import halt
from farthing.actions.exports.writing import file_ending
from farthing.actions.jobs.schedule import BY_ITSELF
from farthing.actions.jobs.work import Kind, Progress
from farthing.actions.parts import Parts
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.audit import NewEntry
from farthing.rules.export_schedule import ExportSchedule, period_name
from farthing.rules.ids import export_schedule_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.periods import Window
from farthing.storage.contract import Changes, Workspace

_SHOWN_SECONDS: Final = 1.0


class Delivered(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a run has delivered. `Job.result` holds it. `manifest` is the name of what describes the file.

    JSON and Parquet hold their description, and have none beside them.
    """

    period: str
    path: str
    manifest: str | None
    byte_count: int
    sha256: str
    row_count: int


def new_job(schedule: ExportSchedule, period: Window, at: int) -> Job:
    """What is to be done for a period; by itself, unless somebody is named."""
    return Job(
        workspace_id=schedule.workspace_id,
        kind=SCHEDULED_EXPORT,
        subject_id=schedule.id,
        request={"start": period.start, "end": period.end},
        created_by=BY_ITSELF,
        created_at=at,
    )


def period_of(job: Job) -> Window:
    """The period that a job exports."""
    return Window(job.request["start"], job.request["end"])


def delivered_of(job: Job) -> Delivered | None:
    """What a job that succeeded has delivered."""
    is_done = job.state == "succeeded" and job.result is not None
    return msgspec.convert(job.result, Delivered) if is_done else None


def asked_of(schedule: ExportSchedule, period: Window, now: int) -> Asked:
    """The export of a period. Raises InvalidInputError for filters that are no longer understood."""
    pairs = [("format", schedule.format), *(("by", DIMENSIONS[name].wire) for name in schedule.dimensions)]
    if schedule.focus_version:
        pairs.append(("focusVersion", schedule.focus_version))
    pairs += [("from", instant(period.start)), ("to", instant(period.end))]
    return read_asked(schedule.what, [*pairs, *schedule.filters], now, schedule.timezone)


async def run(parts: Parts, job: Job) -> AsyncGenerator[Progress, None]:
    """Export the period of the job. Raises ConflictError, which says why it could not."""
    schedule = await parts.storage.export_schedule(job.workspace_id, job.subject_id)
    if schedule is None:
        raise ConflictError("the scheduled export was removed")
    try:
        workspace = await workspace_of(parts, job)
        place = await place_of(parts, schedule, workspace)
        asked = asked_of(schedule, period_of(job), parts.clock.now())
        export = await begin_export(parts, workspace, asked)
    except (InvalidInputError, NotInstalledError, NotFoundError) as error:
        raise ConflictError(str(error)) from error
    name = period_name(period_of(job), schedule.every, schedule.zone)
    async with aclosing(_done(parts, job, export, place, name)) as steps:
        async for progress in steps:
            if progress.result is not None:
                await _enter(parts, workspace, schedule, progress.result)
            yield progress


async def _done(
    parts: Parts, job: Job, export: Export, place: Place, period: str
) -> AsyncGenerator[Progress, None]:
    """Make the file and deliver it, then what describes it; nothing of it stays here."""
    folder, total, done = ExportFolder(parts.settings), export.snapshot.request_count, 0
    file = await asyncio.to_thread(folder.begin, job)
    try:
        async with aclosing(pieces(parts, export)) as made:
            async for piece in made:
                await asyncio.to_thread(file.write, piece.body)
                done = piece.done
                yield Progress(done, max(done, total))
        written = await asyncio.to_thread(file.finish)
        delivering = asyncio.ensure_future(_delivered(folder, job, export, place, (period, done, written)))
        try:
            while not (await asyncio.wait([delivering], timeout=_SHOWN_SECONDS))[0]:
                yield Progress(done, max(done, total))  # which is where it is told that it must stop
        finally:
            delivering.cancel()
        yield Progress(done, max(done, total), delivering.result())
    finally:
        await asyncio.to_thread(file.abandon)
        await halt(parts, job)


async def _delivered(
    folder: ExportFolder, job: Job, export: Export, place: Place, made: tuple[str, int, Written]
) -> dict[str, Any]:
    period, row_count, written = made
    name = f"{export.asked.what}-{period}.{file_ending(export.asked)}"
    await place.deliver(name, folder.path(job))
    facts = {"name": name, "byteCount": written.byte_count, "sha256": written.sha256, "rowCount": row_count}
    beside = None
    if not export.asked.is_parquet and export.asked.format != "json":
        beside = f"{name}.manifest.json"
        told = export.manifest | {"file": facts}
        await place.deliver(beside, msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")
    delivered = Delivered(
        period=period,
        path=f"{place.path}/{name}",
        manifest=beside,
        byte_count=written.byte_count,
        sha256=written.sha256,
        row_count=row_count,
    )
    result: dict[str, Any] = msgspec.to_builtins(delivered)
    return result


async def _enter(
    parts: Parts, workspace: Workspace, schedule: ExportSchedule, result: dict[str, Any]
) -> None:
    """Say in the audit log that data was taken out."""
    entry = NewEntry(
        workspace_id=workspace.id,
        occurred_at=parts.clock.now(),
        actor="",
        via="job",
        address="",
        action="export_schedule.delivered",
        target=export_schedule_id_text(schedule.id),
        after={"what": schedule.what, "format": schedule.format, **result},
    )

    async def work(changes: Changes) -> None:
        await changes.enter(entry)

    await parts.change(work)


SCHEDULED_EXPORTS: Final = Kind(SCHEDULED_EXPORT, run, "manage_settings", "manage_settings", halt)
"""The kind of job; it counts calls."""
