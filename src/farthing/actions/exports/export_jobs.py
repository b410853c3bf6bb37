"""Exports that are made as files, beside everything else: asked for, looked up, removed."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, NotFoundError
from farthing.actions.exports.asked import Asked, What
from farthing.actions.exports.export import Export, begin_export
from farthing.actions.exports.export_files import ExportFolder
from farthing.actions.exports.manifest import Manifest, Snapshot
from farthing.actions.parts import Parts
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.written_filters import filter_pairs
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.ids import job_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import Changes, Workspace

EXPORT: Final = "export"
SCHEDULED_EXPORT: Final = "scheduled_export"
"""Makes a file, too, which is put elsewhere; nothing of it is offered here."""
LISTED_MAX: Final = 100
WAITING_MAX: Final = 20
"""How many of a workspace may wait or be made: each may fill the disk, and others' jobs wait, too."""


class Wanted(msgspec.Struct, frozen=True):
    """What a job was asked for, settled: begun again it makes the same file. `Job.request` holds it.

    `pairs` are the parameters of a URL that asks for the same, its times written out.
    """

    what: What
    pairs: list[tuple[str, str]]
    snapshot: Snapshot
    manifest: Manifest


class Made(msgspec.Struct, frozen=True, rename="camel"):
    """The file that a job made. `Job.result` holds it; `removedAt` once the file is gone.

    `source` names what it was read from; empty of files that an older release made.
    """

    file_name: str
    byte_count: int
    sha256: str
    row_count: int
    expires_at: str
    removed_at: str | None = None
    source: str = ""


async def start_export(parts: Parts, asker: Asker, asked: Asked) -> Job:
    """Ask for a file. Raises what `begin_export` does, and ConflictError while too many wait."""
    mine = [job for job in await parts.storage.unfinished_jobs() if job.workspace_id == asker.workspace.id]
    if sum(job.kind == EXPORT for job in mine) >= WAITING_MAX:
        raise ConflictError(f"{WAITING_MAX} exports of this workspace are waiting: let them be made first")
    export = await begin_export(parts, asker.workspace, asked)
    wanted = Wanted(asked.what, settled_pairs(asked), export.snapshot, export.manifest)

    async def work(audited: Audited) -> Job:
        job = await audited.changes.add_job(
            Job(
                workspace_id=asker.workspace.id,
                kind=EXPORT,
                request=msgspec.to_builtins(wanted),
                total=export.snapshot.request_count,
                created_by=asker.user.id,
                created_at=audited.at,
            )
        )
        await audited.enter("export.started", job_id_text(job.id), after=entered(export))
        return job

    return await change(parts, asker, work)


async def note_export(parts: Parts, asker: Asker, export: Export) -> None:
    """Enter that somebody takes data out at once, without a file that is kept here."""

    async def work(audited: Audited) -> None:
        await audited.enter("export.streamed", "", after=entered(export))

    await change(parts, asker, work)


def entered(export: Export) -> dict[str, Any]:
    """What the audit log keeps of an export: what was taken out, not whose."""
    told = export.manifest
    return {
        "what": export.asked.what,
        "format": export.asked.format,
        "from": told["range"]["from"],
        "to": told["range"]["to"],
        "dataMode": told["filters"]["dataMode"],
        "requests": told["total"]["requests"],
    }


def settled_pairs(asked: Asked) -> list[tuple[str, str]]:
    """The parameters that ask for the same at any time."""
    window = asked.query.window
    pairs = [("format", asked.format), *(("by", DIMENSIONS[name].wire) for name in asked.by)]
    if asked.is_focus:
        pairs.append(("focusVersion", asked.focus_version))
    pairs += [("from", instant(window.start)), ("to", instant(window.end))]
    return [*pairs, ("timezone", asked.query.timezone), *filter_pairs(asked.query.filters)]


async def list_exports(parts: Parts, asker: Asker) -> list[Job]:
    """The newest of the workspace, newest first."""
    return await parts.storage.jobs_of(asker.workspace.id, EXPORT, LISTED_MAX)


async def find_export(parts: Parts, workspace_id: int, job_id: int) -> Job:
    """An export of the workspace. Raises NotFoundError."""
    job = await parts.storage.job(workspace_id, job_id)
    if job is None or job.kind != EXPORT:
        raise NotFoundError(f"there is no export {job_id_text(job_id)} in this workspace")
    return job


def made_of(job: Job) -> Made | None:
    """The file of a job that succeeded."""
    is_there = job.kind == EXPORT and job.state == "succeeded" and job.result is not None
    return msgspec.convert(job.result, Made) if is_there else None


def wanted_of(job: Job) -> Wanted:
    return msgspec.convert(job.request, Wanted)


def expires_at(parts: Parts, job: Job) -> int:
    """When the file is removed (UTC milliseconds): days after the job ended."""
    return (job.finished_at or parts.clock.now()) + parts.settings.export_days * DAY_MS


def is_offered(parts: Parts, job: Job) -> bool:
    """Whether there is a file that may be taken."""
    made = made_of(job)
    return made is not None and made.removed_at is None and parts.clock.now() < expires_at(parts, job)


async def delete_export(parts: Parts, asker: Asker, job_id: int) -> None:
    """Remove a file before its time. Raises NotFoundError, and ConflictError while it is being made."""
    job = await find_export(parts, asker.workspace.id, job_id)
    asker.need("export" if job.created_by == asker.user.id else "manage_settings")
    if not job.is_ended:
        raise ConflictError("it is being made: cancel the job first (POST /v1/jobs/{jobId}/cancel)")
    await remove_file(parts, job)

    async def work(audited: Audited) -> None:
        await audited.enter("export.deleted", job_id_text(job.id))

    await change(parts, asker, work)


async def remove_file(parts: Parts, job: Job) -> None:
    """Remove the file of an ended job, first from the disk and then from what is offered."""
    await asyncio.to_thread(ExportFolder(parts.settings).remove, job.workspace_id, job.id)
    made = made_of(job)
    if made is not None and made.removed_at is None:
        gone = replace(made, removed_at=instant(parts.clock.now()))
        await parts.storage.change_job(replace(job, result=msgspec.to_builtins(gone)))


async def end_exports(parts: Parts, workspace_id: int, data_modes: Collection[str] | None = None) -> int:
    """Remove the files that may hold calls that were deleted or changed; returns how many.

    With `data_modes`, those that let calls of these modes through; else all of the workspace. One that is
    being made is begun again, so that it is of what is stored now. For what deletes, after it has.
    """
    count = 0
    for job in await parts.storage.jobs_of(workspace_id, EXPORT, LISTED_MAX * LISTED_MAX):
        if data_modes is not None and not _modes(wanted_of(job)) & set(data_modes):
            continue
        count += await end_export(parts, job)
    for job in await parts.storage.unfinished_jobs():
        if (job.workspace_id, job.kind) == (workspace_id, SCHEDULED_EXPORT):
            await end_export(parts, job)  # what is being made; what was delivered is the receiver's
    return count


async def end_export(parts: Parts, seen: Job) -> bool:
    """Do so with one, whatever has become of it since it was looked at; whether a file was removed."""
    job: Job | None = seen
    while job is not None and job.state == "running":
        if await parts.storage.change_job(replace(job, state="queued", lease_until=0)) is not None:
            return False
        job = await parts.storage.job(seen.workspace_id, seen.id)  # its lease was renewed, or it has ended
    made = None if job is None else made_of(job)
    if job is None or made is None or made.removed_at is not None:
        return False
    await remove_file(parts, job)
    return True


async def forget_in_exports(parts: Parts, workspace_id: int, text: str, alias: str) -> int:
    """Remove all files of the workspace; what was asked for by that text is kept as asked for by the alias.

    Returns how many files were removed. For what erases, after names have changed.
    """
    count = await end_exports(parts, workspace_id)
    for job in await parts.storage.jobs_of(workspace_id, EXPORT, LISTED_MAX * LISTED_MAX):
        request = _without(job.request, text, alias)
        if request != job.request:
            await parts.storage.change_job(replace(job, request=request))
    await _forget_in_schedules(parts, workspace_id, text, alias)
    return count


async def _forget_in_schedules(parts: Parts, workspace_id: int, text: str, alias: str) -> None:
    """What is exported by itself of that text goes on with the alias."""
    seen = await parts.storage.export_schedules(workspace_id)
    while stale := [after for each in seen if (after := _renamed(each, text, alias)) != each]:

        async def work(changes: Changes, stale: Sequence[ExportSchedule] = tuple(stale)) -> None:
            for after in stale:
                await changes.change_export_schedule(after)

        await parts.change(work)
        seen = await parts.storage.export_schedules(workspace_id)  # one that has just run was not changed


def _renamed(schedule: ExportSchedule, text: str, alias: str) -> ExportSchedule:
    filters = tuple((name, _without(value, text, alias)) for name, value in schedule.filters)
    return replace(schedule, filters=filters)


def _without(told: Any, text: str, alias: str) -> Any:
    """The same with the alias wherever a value is the text: a name, one that is left out, or a tag's."""
    if isinstance(told, dict):
        return {name: _without(value, text, alias) for name, value in told.items()}
    if isinstance(told, list | tuple):
        return [_without(value, text, alias) for value in told]
    if not isinstance(told, str) or not told.endswith(text):
        return told
    sign = told[: len(told) - len(text)]
    return sign + alias if not sign or sign[-1] in "!:\\" else told


def _modes(wanted: Wanted) -> set[str]:
    """The data modes that pass its filters, as far as those say; a file may have none of a mode."""
    told = {value for name, value in wanted.pairs if name == "dataMode"}
    return {"real", "test", "demo"} if "all" in told else told


async def workspace_of(parts: Parts, job: Job) -> Workspace:
    """Raises NotFoundError for one that is gone."""
    workspace = await parts.storage.workspace(job.workspace_id)
    if workspace is None:
        raise NotFoundError("the workspace is gone")
    return workspace
