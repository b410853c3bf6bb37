"""Exports as files over HTTP: asked for with 202, followed, taken by a link that ends, removed."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from litestar import delete, get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from farthing.actions.errors import FieldProblem, InvalidInputError, NotFoundError
from farthing.actions.exports.asked import WHATS, What, asked_export
from farthing.actions.exports.export_files import ExportFolder, chunks
from farthing.actions.exports.export_jobs import (
    Made,
    Wanted,
    delete_export,
    find_export,
    is_offered,
    list_exports,
    made_of,
    start_export,
    wanted_of,
)
from farthing.actions.exports.export_links import LINK_HOURS_MAX, link_token, linked_export
from farthing.actions.exports.writing import MEDIA_TYPES
from farthing.actions.parts import Parts
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.jobs import ProgressShape
from farthing.rules.ids import job_id_number, job_id_text
from farthing.rules.instants import instant
from farthing.rules.job import Job, JobState

_JOB_ID_MAX: Final = 2**31


class ExportStarted(msgspec.Struct, frozen=True, rename="camel"):
    """The answer of 202: what to follow at /v1/exports/{jobId}."""

    job_id: str


class ExportItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An export. `file` is there once it is made; `downloadUrl` as long as the file may be taken.

    The link needs no credential and leads to the file for a day at most; each answer has a new one.
    """

    id: str
    what: str
    format: str
    state: JobState
    progress: ProgressShape
    error: str | None
    created_at: str
    finished_at: str | None
    file: Made | None
    download_url: str | None
    manifest: dict[str, Any]


class ExportList(msgspec.Struct, frozen=True):
    """The newest, newest first."""

    items: list[ExportItem]


Given = dict[str, str | bool | list[str]]


@post("/exports", status_code=202, tags=["exports"], needs="export")
async def post_export(data: JSONBody[Given], parts: GivenParts, asker: GivenAsker) -> ExportStarted:
    """Make a file of what `GET /v1/export/{what}` would stream.

    The body has `what` ("requests" or "summary") and the parameters of that address by their names, those
    that may be repeated as lists.
    """
    what = data.get("what")
    if what not in WHATS:
        raise InvalidInputError([FieldProblem("what", f"must be one of {', '.join(WHATS)}")])
    known: What = "summary" if what == "summary" else "requests"
    asked = await asked_export(parts, asker, known, _pairs(data))
    return ExportStarted(job_id_text((await start_export(parts, asker, asked)).id))


@get("/exports", tags=["exports"], needs="export")
async def get_exports(parts: GivenParts, asker: GivenAsker) -> ExportList:
    """The files that were asked for, newest first."""
    return ExportList([await export_item(parts, job) for job in await list_exports(parts, asker)])


@get("/exports/{export_id:str}", tags=["exports"], needs="export")
async def get_export(export_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> ExportItem:
    """How far one is, what its file is of, and a link to it."""
    return await export_item(parts, await find_export(parts, asker.workspace.id, _number(export_id)))


@delete("/exports/{export_id:str}", tags=["exports"], needs="export")
async def delete_one(export_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> None:
    """Remove the file before its time; somebody else's takes who may change settings."""
    await delete_export(parts, asker, _number(export_id))


@get("/exports/{export_id:str}/file", tags=["exports"], needs="export")
async def get_file(export_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> Stream:
    """The file."""
    return await sent_file(parts, await find_export(parts, asker.workspace.id, _number(export_id)))


@get("/export-files/{token:str}", tags=["exports"], needs="anybody")
async def get_linked_file(token: FromPath[str], parts: GivenParts) -> Stream:
    """The file that a link leads to."""
    return await sent_file(parts, await linked_export(parts, token))


async def export_item(parts: Parts, job: Job) -> ExportItem:
    wanted, offered = wanted_of(job), is_offered(parts, job)
    return ExportItem(
        id=job_id_text(job.id),
        what=wanted.what,
        format=_format(wanted),
        state=job.state,
        progress=ProgressShape(job.done, job.total),
        error=job.error,
        created_at=instant(job.created_at),
        finished_at=None if job.finished_at is None else instant(job.finished_at),
        file=made_of(job),
        download_url=await link_to(parts, job) if offered else None,
        manifest=wanted.manifest,
    )


async def link_to(parts: Parts, job: Job, hours: int = LINK_HOURS_MAX) -> str:
    """The whole address, where it is known what this server is called; else its path."""
    base = (parts.settings.public_url or "").rstrip("/")
    return f"{base}/v1/export-files/{await link_token(parts, job, hours)}"


async def sent_file(parts: Parts, job: Job) -> Stream:
    """The file of a job. Raises NotFoundError when there is none that may be taken."""
    made = made_of(job)
    path = ExportFolder(parts.settings).path(job)
    if made is None or not is_offered(parts, job) or not await asyncio.to_thread(path.exists):
        raise NotFoundError(f"export {job_id_text(job.id)} has no file now")
    form: Any = _format(wanted_of(job))
    headers = {
        "Content-Disposition": f'attachment; filename="{made.file_name}"',
        "Content-Length": str(made.byte_count),
        "X-Content-Sha256": made.sha256,
    }
    return Stream(chunks(path), media_type=MEDIA_TYPES[form], headers=headers)


def _format(wanted: Wanted) -> str:
    return dict(wanted.pairs)["format"]


def _pairs(given: Given) -> list[tuple[str, str]]:
    """The body as a URL would say it."""
    return [
        (name, str(each).lower() if isinstance(each, bool) else each)
        for name, value in given.items()
        for each in (value if isinstance(value, list) else [value])
        if name != "what"
    ]


def _number(text: str) -> int:
    number = job_id_number(text)
    if number is None or number >= _JOB_ID_MAX:
        raise NotFoundError(f"there is no export {text[:40]!r} in this workspace")
    return number


HANDLERS: Final = [post_export, get_exports, get_export, delete_one, get_file]
