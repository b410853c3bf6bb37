"""The files of exports: which there are, how far one is, taking and removing them, and asking for one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from farthing.actions.errors import NotFoundError
from farthing.actions.export_schedules.manage_schedules import destination_text, list_schedules
from farthing.actions.exports.asked import What, asked_export
from farthing.actions.exports.export_files import ExportFolder, chunks
from farthing.actions.exports.export_jobs import (
    Made,
    delete_export,
    expires_at,
    find_export,
    is_offered,
    list_exports,
    made_of,
    start_export,
    wanted_of,
)
from farthing.actions.exports.writing import MEDIA_TYPES
from farthing.actions.jobs.manage_jobs import cancel_job
from farthing.actions.parts import Parts
from farthing.rules.ids import export_schedule_id_text, job_id_number, job_id_text
from farthing.rules.job import Job
from farthing.web.exports import FORMATS
from farthing.web.forms import FIELD
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.headers import PAGE_HEADERS
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.export_schedules import KINDS, usable

_PATH: Final = "/settings/exports"
_ONE: Final = _PATH + "/{export:str}"
_NOT_ASKED: Final = (FIELD, "what")


@dataclass(frozen=True)
class Line:
    """An export in words. `is_mine` says that the reader asked for it."""

    wire: str
    job: Job
    what: str
    form: str
    range: tuple[str, str]
    made: Made | None
    is_offered: bool
    expires_at: int
    percent: int
    may_remove: bool


@get(_PATH, needs="export")
async def show_exports(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The newest first."""
    may_remove_all = asker.may("manage_settings")
    lines = [
        _line(parts, job, may_remove=may_remove_all or job.created_by == asker.user.id)
        for job in await list_exports(parts, asker)
    ]
    return render(
        request,
        "exports",
        Frame(asker, "exports"),
        lines=lines,
        is_working=any(not line.job.is_ended for line in lines),
        days=parts.settings.export_days,
        schedules=[
            (export_schedule_id_text(each.id), each, destination_text(each))
            for each in await list_schedules(parts, asker)
        ],
        formats=dict(FORMATS),
        kinds=KINDS,
        usable=usable(parts),
    )


@post(_PATH, needs="export")
async def ask_for_export(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A file of what the page was about that the form stood on."""
    form = await request.form()
    what: What = "summary" if form.get("what") == "summary" else "requests"
    pairs = [(name, str(value)) for name, value in form.multi_items() if name not in _NOT_ASKED]
    known = [pair for pair in pairs if pair[0] != "by" or what == "summary"]
    asked = await asked_export(parts, asker, what, known)
    await start_export(parts, asker, asked)
    return redirect(request, _PATH)


@get(_ONE + "/file", needs="export")
async def take_file(parts: GivenParts, asker: GivenAsker, export: FromPath[str]) -> Response[Any]:
    """The file."""
    job = await _found(parts, asker.workspace.id, export)
    made, path = made_of(job), ExportFolder(parts.settings).path(job)
    if made is None or not is_offered(parts, job) or not await asyncio.to_thread(path.exists):
        raise NotFoundError("that file is not there any more")
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{made.file_name}"'}
    headers["Content-Length"] = str(made.byte_count)
    form: Any = dict(wanted_of(job).pairs)["format"]
    return Stream(chunks(path), media_type=MEDIA_TYPES[form], headers=headers)


@post(_ONE + "/remove", needs="export")
async def remove_export(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, export: FromPath[str]
) -> Response[Any]:
    """Remove the file, or stop making it."""
    job = await _found(parts, asker.workspace.id, export)
    if job.is_ended:
        await delete_export(parts, asker, job.id)
    else:
        await cancel_job(parts, asker, job.id)
    return redirect(request, _PATH)


async def _found(parts: Parts, workspace_id: int, wire: str) -> Job:
    number = job_id_number(wire)
    if number is None or number >= 2**31:
        raise NotFoundError("there is no such export here")
    return await find_export(parts, workspace_id, number)


def _line(parts: Parts, job: Job, *, may_remove: bool) -> Line:
    wanted = wanted_of(job)
    form = dict(wanted.pairs)["format"]
    told = wanted.manifest["range"]
    return Line(
        wire=job_id_text(job.id),
        job=job,
        what="Summary" if wanted.what == "summary" else "Requests",
        form=dict[str, str](FORMATS)[form],
        range=(told["from"], told["to"]),
        made=made_of(job),
        is_offered=is_offered(parts, job),
        expires_at=expires_at(parts, job),
        percent=100 * job.done // job.total if job.total else 0,
        may_remove=may_remove,
    )


HANDLERS: Final = [show_exports, ask_for_export, take_file, remove_export]
