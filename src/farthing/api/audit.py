"""The audit log over HTTP: a page, an export, and whether it holds together."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.response import Stream

from farthing.actions.reads.export_audit import MEDIA_TYPES, AuditItem, audit_item, export_audit
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_audit import (
    LIMIT_MAX,
    SEQ_MAX,
    Verified,
    audit_page,
    read_audit_query,
    verify_audit,
)
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter, whole_number


class AuditList(msgspec.Struct, frozen=True, rename="camel"):
    """Entries, newest first."""

    items: list[AuditItem]
    next_cursor: str | None


class VerifiedAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the log is as it was written; `head` is the digest of the last of `entryCount` sound ones."""

    ok: bool
    entry_count: int
    head: str
    fault: str | None


_TEXT: Final = Schema(type=OpenAPIType.STRING)
_FILTERS: Final = (
    query_parameter("actor", "Only what this person did: their id or e-mail address.", _TEXT),
    query_parameter("action", "Only this action.", _TEXT),
    query_parameter("target", "Only what was done to this.", _TEXT),
    query_parameter("from", "Start: a local date or an instant with its offset.", _TEXT),
    query_parameter("to", "End, left out itself: a local date or an instant.", _TEXT),
)
PAGE_PARAMETERS: Final = (
    *_FILTERS,
    query_parameter("limit", "How many entries.", whole_number(1, LIMIT_MAX)),
    query_parameter("cursor", "nextCursor of the page before.", whole_number(1, SEQ_MAX)),
)
EXPORT_PARAMETERS: Final = (
    *_FILTERS,
    query_parameter("format", "csv or ndjson.", Schema(type=OpenAPIType.STRING, enum=list(MEDIA_TYPES))),
)


@get("/audit", tags=["audit"], needs="read_audit", operation_class=operation_with(PAGE_PARAMETERS))
async def get_audit(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> AuditList:
    """Who changed what."""
    query, limit = await read_audit_query(parts, asker, request.query_params.multi_items())
    page = await audit_page(parts, asker, query, limit)
    cursor = None if page.cursor is None else str(page.cursor)
    return AuditList([audit_item(told) for told in page.items], cursor)


@get("/audit/verification", tags=["audit"], needs="read_audit")
async def get_verification(parts: GivenParts, asker: GivenAsker) -> VerifiedAnswer:
    """Work out every digest anew."""
    return verified_answer(await verify_audit(parts, asker.workspace.id))


@get("/export/audit", tags=["audit"], needs="read_audit", operation_class=operation_with(EXPORT_PARAMETERS))
async def get_export(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> Stream:
    """All entries that the filters of `/v1/audit` let through, newest first, as `format` says."""
    pairs = list(request.query_params.multi_items())
    parameters = Parameters(pairs)
    chosen = parameters.choice("format", tuple(MEDIA_TYPES)) or "csv"
    parameters.raise_problems()
    query, _ = await read_audit_query(parts, asker, pairs, ("format",))
    headers = {"Content-Disposition": f'attachment; filename="audit.{chosen}"'}
    body = await export_audit(parts, asker, query, chosen)
    return Stream(body, media_type=MEDIA_TYPES[chosen], headers=headers)


def verified_answer(found: Verified) -> VerifiedAnswer:
    fault = None if found.fault is None else found.fault.message
    return VerifiedAnswer(ok=fault is None, entry_count=found.entry_count, head=found.head, fault=fault)


HANDLERS = [get_audit, get_verification, get_export]
