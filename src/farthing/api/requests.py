"""Reads of single events: the list, newest first, one event, its receipt."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.list_requests import ListedRequests
from farthing.actions.reads.list_requests import list_requests as read_requests
from farthing.actions.reads.read_query import ReadQuery
from farthing.api.envelope import Envelope, envelope_of, sent
from farthing.api.figures import TOTALS
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import REQUESTS, described, query_of
from farthing.api.request_item import receipt_answer, request_item
from farthing.rules.ids import cursor_text, request_id_number
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


@get("/requests/{request_id:str}", tags=["requests"], needs="read")
async def get_request(request_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> dict[str, Any]:
    """One event with every stored field."""
    return request_item(await _find(parts, asker, request_id))


@get("/requests/{request_id:str}/receipt", tags=["requests"], needs="read")
async def get_receipt(request_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> dict[str, Any]:
    """The sum that makes the event's cost, line by line."""
    return receipt_answer(await _find(parts, asker, request_id))


async def _find(parts: Parts, asker: Asker, request_id: str) -> StoredEvent:
    number = request_id_number(request_id)
    stored = None if number is None else await parts.storage.request(asker.workspace.id, number)
    if stored is None:
        raise NotFoundError(f"there is no request {request_id[:40]!r} in this workspace")
    return stored


HANDLERS: Final = [list_requests, get_request, get_receipt]
