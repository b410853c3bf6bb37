"""The audit log over HTTP: a page, an export, and whether it holds together."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.response import Stream

from farthing.actions.export_audit import MEDIA_TYPES, AuditItem, audit_item, export_audit
from farthing.actions.query_parameters import Parameters
from farthing.actions.read_audit import Verified, audit_page, read_audit_query, verify_audit
from farthing.api.given import GivenAsker, GivenParts


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


@get("/audit", tags=["audit"], needs="read_audit")
async def get_audit(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> AuditList:
    """Who changed what: `actor`, `action`, `target`, `from`, `to`, `limit`, `cursor`."""
    query, limit = await read_audit_query(parts, asker, request.query_params.multi_items())
    page = await audit_page(parts, asker, query, limit)
    cursor = None if page.cursor is None else str(page.cursor)
    return AuditList([audit_item(told) for told in page.items], cursor)


@get("/audit/verification", tags=["audit"], needs="read_audit")
async def get_verification(parts: GivenParts, asker: GivenAsker) -> VerifiedAnswer:
    """Work out every digest anew."""
    return verified_answer(await verify_audit(parts, asker.workspace.id))


@get("/export/audit", tags=["audit"], needs="read_audit")
async def get_export(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> Stream:
    """All entries that the filters of `/v1/audit` let through, newest first, as `format` csv or ndjson."""
    pairs = list(request.query_params.multi_items())
    parameters = Parameters(pairs)
    chosen = parameters.choice("format", tuple(MEDIA_TYPES)) or "csv"
    parameters.raise_problems()
    query, _ = await read_audit_query(parts, asker, pairs, ("format",))
    headers = {"Content-Disposition": f'attachment; filename="audit.{chosen}"'}
    return Stream(export_audit(parts, asker, query, chosen), media_type=MEDIA_TYPES[chosen], headers=headers)


def verified_answer(found: Verified) -> VerifiedAnswer:
    fault = None if found.fault is None else found.fault.message
    return VerifiedAnswer(ok=fault is None, entry_count=found.entry_count, head=found.head, fault=fault)


HANDLERS = [get_audit, get_verification, get_export]
