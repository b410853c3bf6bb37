"""Correcting stored calls over HTTP: by people with a request id, by applications with their own id."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidKeyError
from farthing.actions.events.correct_call import (
    Wanted,
    call_history,
    correct_call,
    correct_own_call,
)
from farthing.actions.events.correctors import correctors
from farthing.actions.events.tell_corrections import FieldChange, told_corrections
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.raw_reach import raw_reach, reach_of_call
from farthing.api.access import key_of
from farthing.api.envelope import RetentionShape, retention_headers, retention_shape
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter
from farthing.api.request_item import call_item
from farthing.rules.correction import CorrectionKind
from farthing.rules.events import DATA_MODES
from farthing.rules.ids import request_id_number, request_id_text
from farthing.rules.instants import instant

_LISTED: Final = 100


class Amendment(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Fields as they should have been sent, by their names at ingest; null takes a value away.

    With `version` it is refused (409) unless that is the version that the request is at.
    """

    changes: dict[str, Any]
    reason: str | None = None
    version: int | None = None


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why; `version` as for an amendment."""

    reason: str | None = None
    version: int | None = None


class Reversion(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which version is to come back, as a new one."""

    to_version: int
    reason: str | None = None
    version: int | None = None


class OwnAmendment(Amendment, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The same, of the call that the application knows under its own id."""

    external_request_id: str


class OwnVoid(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which call is to count no more, and why."""

    external_request_id: str
    reason: str
    version: int | None = None


class VersionItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A correction: it ended `version`. `changes` are what it changed.

    `by` is a person's or a key's id, `by_name` their e-mail address or its name; null when they are gone.
    """

    version: int
    kind: CorrectionKind
    at: str
    by: str
    by_name: str | None
    via: str
    reason: str
    changes: list[FieldChange]


class History(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All corrections of a request, oldest first, and where it stands."""

    request_id: str
    version: int
    state: str
    retention: RetentionShape
    items: list[VersionItem]


class VoidedList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Voided requests, the ones that came last first; `next_before` leads on."""

    retention: RetentionShape
    items: list[dict[str, Any]]
    next_before: str | None


@post("/requests/{request_id:str}/amend", status_code=200, tags=["requests"], needs="correct_calls")
async def post_amend(
    request_id: FromPath[str], data: JSONBody[Amendment], parts: GivenParts, asker: GivenAsker
) -> dict[str, Any]:
    """Give fields of a request the values they should have had; it is priced anew, at its own time."""
    wanted = Wanted(kind="amended", changes=data.changes, reason=data.reason, version=data.version)
    return call_item(await correct_call(parts, asker, request_id, wanted))


@post("/requests/{request_id:str}/void", status_code=200, tags=["requests"], needs="correct_calls")
async def post_void(
    request_id: FromPath[str], data: JSONBody[Reason], parts: GivenParts, asker: GivenAsker
) -> dict[str, Any]:
    """Let a request count no more, anywhere. It is kept, and its externalRequestId stays used."""
    wanted = Wanted(kind="voided", reason=data.reason, version=data.version)
    return call_item(await correct_call(parts, asker, request_id, wanted))


@post("/requests/{request_id:str}/restore", status_code=200, tags=["requests"], needs="correct_calls")
async def post_restore(
    request_id: FromPath[str], data: JSONBody[Reason], parts: GivenParts, asker: GivenAsker
) -> dict[str, Any]:
    """Take a void back: the request counts again as it did."""
    wanted = Wanted(kind="restored", reason=data.reason, version=data.version)
    return call_item(await correct_call(parts, asker, request_id, wanted))


@post("/requests/{request_id:str}/revert", status_code=200, tags=["requests"], needs="correct_calls")
async def post_revert(
    request_id: FromPath[str], data: JSONBody[Reversion], parts: GivenParts, asker: GivenAsker
) -> dict[str, Any]:
    """Bring back what a request was at an earlier version, its cost included."""
    wanted = Wanted(kind="reverted", to_version=data.to_version, reason=data.reason, version=data.version)
    return call_item(await correct_call(parts, asker, request_id, wanted))


@get("/requests/{request_id:str}/history", tags=["requests"], needs="read")
async def get_history(request_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> Response[History]:
    """What was corrected of a request: when, by whom, why, and what it was before."""
    told = await read_history(parts, asker, request_id)
    return Response(told, headers=retention_headers(told.retention))


@get(
    "/requests/voided",
    tags=["requests"],
    operation_class=operation_with(
        [query_parameter("before", "nextBefore of the page before.", Schema(type=OpenAPIType.STRING))]
    ),
    needs="read",
)
async def get_voided(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[VoidedList]:
    """Requests that count nowhere: up to 100 that came before the one named."""
    parameters = Parameters(request.query_params.multi_items())
    parameters.refuse_others(("before",))
    before = parameters.one("before")
    below = None if before is None else request_id_number(before)
    if before is not None and below is None:
        parameters.problem("before", "must be a request id, such as req_2s")
    parameters.raise_problems()
    calls = await parts.storage.voided_calls(asker.workspace.id, _LISTED, below)
    last = calls[-1] if len(calls) == _LISTED else None
    kept = retention_shape(await raw_reach(parts, asker, DATA_MODES, 0))
    told = VoidedList(
        retention=kept,
        items=[call_item(call) for call in calls],
        next_before=None if last is None else request_id_text(last.request_id),
    )
    return Response(told, headers=retention_headers(kept))


@post("/ingest/amend", status_code=200, tags=["ingest"], security=[{"apiKey": []}], needs="key")
async def post_own_amend(
    data: JSONBody[OwnAmendment], request: Request[Any, Any, Any], parts: GivenParts
) -> dict[str, Any]:
    """Amend a call that came with the same key, by its externalRequestId."""
    wanted = Wanted(kind="amended", changes=data.changes, reason=data.reason, version=data.version)
    return await _own(request, parts, data.external_request_id, wanted)


@post("/ingest/void", status_code=200, tags=["ingest"], security=[{"apiKey": []}], needs="key")
async def post_own_void(
    data: JSONBody[OwnVoid], request: Request[Any, Any, Any], parts: GivenParts
) -> dict[str, Any]:
    """Void a call that came with the same key, by its externalRequestId."""
    wanted = Wanted(kind="voided", reason=data.reason, version=data.version)
    return await _own(request, parts, data.external_request_id, wanted)


async def _own(
    request: Request[Any, Any, Any], parts: GivenParts, external_request_id: str, wanted: Wanted
) -> dict[str, Any]:
    key = key_of(request)
    if key is None:
        raise InvalidKeyError
    return call_item(await correct_own_call(parts, key, external_request_id, wanted))


async def read_history(parts: Parts, asker: Asker, request_id: str) -> History:
    """The corrections of a call, oldest first, and where it stands. Raises NotFoundError."""
    call, corrections = await call_history(parts, asker, request_id)
    names = await correctors(parts, asker, corrections)
    return History(
        request_id=request_id_text(call.request_id),
        version=call.version,
        state="voided" if call.is_voided else "stored",
        retention=retention_shape(await reach_of_call(parts, asker, call)),
        items=[
            VersionItem(
                version=each.version,
                kind=each.kind,
                at=instant(each.at),
                by=each.by,
                by_name=names.get(each.by),
                via=each.via,
                reason=each.reason,
                changes=changes,
            )
            for each, changes in told_corrections(call, corrections)
        ],
    )


HANDLERS: Final = [post_amend, post_void, post_restore, post_revert, get_history, get_voided]
KEY_HANDLERS: Final = [post_own_amend, post_own_void]
