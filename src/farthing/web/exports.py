"""What a page shows, taken out: the menu that offers it, and the file."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from litestar.response import Stream

from farthing.actions.asker import Asker
from farthing.actions.exports.asked import Format, What, asked_export
from farthing.actions.exports.export import begin_export, bodies
from farthing.actions.exports.export_jobs import note_export
from farthing.actions.exports.report_file import export_report
from farthing.actions.exports.writing import MEDIA_TYPES, file_name
from farthing.actions.parts import Parts
from farthing.web.address import Address, Pair
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.headers import PAGE_HEADERS

FORMATS: Final[tuple[tuple[Format, str], ...]] = (
    ("csv", "CSV"),
    ("json", "JSON"),
    ("ndjson", "NDJSON"),
    ("parquet", "Parquet"),
    ("focus", "FOCUS (CSV)"),
    ("focus-parquet", "FOCUS (Parquet)"),
)
"""Formats, and what people call them."""


def export_fields(address: Address) -> tuple[Pair, ...]:
    """The range and filters of a page, for the export of the same."""
    return address.on("/").put(compare=None).pairs


@get("/export/requests", needs="export")
async def take_requests(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The calls that the page of requests is about, as a file."""
    return await _taken(request, parts, asker, "requests")


@get("/export/summary", needs="export")
async def take_summary(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The days that the overview is about, as a file."""
    return await _taken(request, parts, asker, "summary")


@get("/export/report", needs="export")
async def take_report(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What Explore shows, as a file."""
    made = await export_report(parts, asker, request.query_params.multi_items())
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{made.name}"'}
    return Response(made.body, media_type=made.media_type, headers=headers)


async def _taken(request: PageRequest, parts: Parts, asker: Asker, what: What) -> Response[Any]:
    pairs = request.query_params.multi_items()
    asked = await asked_export(parts, asker, what, pairs)
    export = await begin_export(parts, asker.workspace, asked)
    await note_export(parts, asker, export)
    headers = {**PAGE_HEADERS, "Content-Disposition": f'attachment; filename="{file_name(asked)}"'}
    return Stream(bodies(parts, export), media_type=MEDIA_TYPES[asked.format], headers=headers)
