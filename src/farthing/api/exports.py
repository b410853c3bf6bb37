"""Exports over HTTP: calls or daily sums, streamed as a file."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.response import Stream

from farthing.actions.asker import Asker
from farthing.actions.exports.asked import BY_MAX, FORMATS, What, asked_export
from farthing.actions.exports.export import begin_export, bodies
from farthing.actions.exports.export_jobs import note_export
from farthing.actions.exports.report_file import FORMATS as REPORT_FORMATS
from farthing.actions.exports.report_file import SCHEMA, export_report
from farthing.actions.exports.writing import MEDIA_TYPES, file_name
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import REPORT
from farthing.actions.reads.read_query import BY_DIMENSIONS, Accepted
from farthing.api.envelope import retention_headers, retention_shape
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, parameters_of, query_parameter, words
from farthing.reports.export_columns import SCHEMA_VERSION
from farthing.rules.focus import VERSIONS

SCHEMA_HEADER: Final = "X-Export-Schema"
"""Which columns a file has: the name of its schema, and its version."""


REQUESTS_PARAMETERS: Final = (
    *parameters_of(Accepted()),
    query_parameter("format", f"{', '.join(FORMATS[:-1])} or {FORMATS[-1]}; csv.", words(*FORMATS)),
    query_parameter("focusVersion", f"Of the formats of FOCUS; {VERSIONS[0]}.", words(*VERSIONS)),
    query_parameter(
        "manifest", "true for what the file says of itself, instead of it.", words("true", "false")
    ),
)
SUMMARY_PARAMETERS: Final = (
    *REQUESTS_PARAMETERS,
    query_parameter(
        "by",
        f"A dimension that splits the days; up to {BY_MAX}; model.",
        Schema(type=OpenAPIType.ARRAY, items=words(*BY_DIMENSIONS), max_items=BY_MAX),
    ),
)

REPORT_PARAMETERS: Final = (
    *parameters_of(REPORT),
    query_parameter(
        "format", f"{', '.join(REPORT_FORMATS[:-1])} or {REPORT_FORMATS[-1]}; csv.", words(*REPORT_FORMATS)
    ),
)


@get(
    "/export/requests",
    tags=["exports"],
    needs="export",
    operation_class=operation_with(REQUESTS_PARAMETERS),
)
async def get_requests(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[Any]:
    """Every call that the filters let through, oldest first, as `format` says."""
    return await _answer(request, parts, asker, "requests")


@get("/export/summary", tags=["exports"], needs="export", operation_class=operation_with(SUMMARY_PARAMETERS))
async def get_summary(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The sums of each local day by up to two dimensions, as `format` says."""
    return await _answer(request, parts, asker, "summary")


@get("/export/report", tags=["exports"], needs="export", operation_class=operation_with(REPORT_PARAMETERS))
async def get_report_file(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[Any]:
    """What `GET /v1/report` answers, as a file; what is beyond `limit` are the rows without names."""
    made = await export_report(parts, asker, request.query_params.multi_items())
    return Response(
        made.body,
        media_type=made.media_type,
        headers={
            **retention_headers(retention_shape(made.reach)),
            "Content-Disposition": f'attachment; filename="{made.name}"',
            SCHEMA_HEADER: f"{SCHEMA}; version={SCHEMA_VERSION}",
        },
    )


async def _answer(request: Request[Any, Any, Any], parts: Parts, asker: Asker, what: What) -> Response[Any]:
    pairs = request.query_params.multi_items()
    asked = await asked_export(parts, asker, what, pairs)
    export = await begin_export(parts, asker.workspace, asked)
    kept = retention_headers(retention_shape(export.reach))
    if asked.wants_manifest:
        return Response(export.manifest, headers=kept)
    await note_export(parts, asker, export)
    return Stream(
        bodies(parts, export),
        media_type=MEDIA_TYPES[asked.format],
        headers={
            **kept,
            "Content-Disposition": f'attachment; filename="{file_name(asked)}"',
            SCHEMA_HEADER: f"{export.manifest['schema']}; version={export.manifest['schemaVersion']}",
        },
    )


HANDLERS: Final = [get_requests, get_summary, get_report_file]
