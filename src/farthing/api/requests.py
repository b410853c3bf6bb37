"""Reads of single events: the list, newest first, one event, its receipt."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from farthing.actions.events.correct_call import find_call
from farthing.actions.reads.list_requests import ListedRequests
from farthing.actions.reads.list_requests import list_requests as read_requests
from farthing.actions.reads.live_requests import arrived_requests, read_after
from farthing.actions.reads.raw_reach import reach_of_call
from farthing.actions.reads.read_query import ReadQuery
from farthing.actions.reads.told_filters import filters_shape
from farthing.api.envelope import (
    Envelope,
    RangeShape,
    RetentionShape,
    envelope_of,
    range_shape,
    retention_headers,
    retention_shape,
    sent,
    with_reach,
)
from farthing.api.figures import TOTALS
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import LIVE, REQUESTS, described, query_of
from farthing.api.request_item import call_item, receipt_answer, request_item
from farthing.rules.ids import cursor_text, request_id_text
from farthing.storage.contract import StoredEvent


@get("/requests", tags=["requests"], operation_class=described(REQUESTS), needs="read")
async def list_requests(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[Envelope]:
    """A page of events, newest first, and the total of all that match."""
    query = await query_of(request, parts, asker, REQUESTS)
    return sent(requests_envelope(query, await read_requests(parts, asker, query, TOTALS)))


def requests_envelope(query: ReadQuery, listed: ListedRequests) -> Envelope:
    """A page of requests as the API answers it."""
    cursor = listed.page.next_cursor
    next_cursor = None if cursor is None else cursor_text(cursor)
    items = [request_item(stored) for stored in listed.page.items]
    return envelope_of(query, listed.answer, items=items, next_cursor=next_cursor)


class LiveRequests(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What has come in, in the order it did. `nextAfter` is where to go on.

    `isBehind` says that more may be there already: go on at once, else in a second or two.
    """

    range: RangeShape
    filters: dict[str, str | list[str]]
    retention: RetentionShape
    items: list[dict[str, Any]]
    next_after: str
    is_behind: bool


@get("/requests/live", tags=["requests"], operation_class=described(LIVE), needs="read")
async def live_requests(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[LiveRequests]:
    """Requests as they come in: those after one that is known, each told once. Without one, from now on."""
    query = await query_of(request, parts, asker, LIVE)
    after = read_after(request.query_params.multi_items())
    arrived = await arrived_requests(parts, asker, query, after)
    told = LiveRequests(
        range=range_shape(query.window, query.timezone),
        filters=filters_shape(query.filters),
        retention=retention_shape(arrived.reach),
        items=[request_item(stored) for stored in arrived.items],
        next_after=request_id_text(arrived.cursor),
        is_behind=arrived.behind > 0,
    )
    return Response(told, headers=retention_headers(told.retention))


@get("/requests/{request_id:str}", tags=["requests"], needs="read")
async def get_request(
    request_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> Response[dict[str, Any]]:
    """One event with every stored field, its version, and whether it was voided."""
    call = await find_call(parts, asker, request_id)
    return with_reach(call_item(call), await reach_of_call(parts, asker, call))


@get("/requests/{request_id:str}/receipt", tags=["requests"], needs="read")
async def get_receipt(
    request_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> Response[dict[str, Any]]:
    """The sum that makes the event's cost, line by line."""
    call = await find_call(parts, asker, request_id)
    told = receipt_answer(StoredEvent(call.request_id, call.event))
    return with_reach(told, await reach_of_call(parts, asker, call))


HANDLERS: Final = [list_requests, live_requests, get_request, get_receipt]
