"""One request: every field that was stored, and the receipt that explains what it cost."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.events.correct_call import call_history
from farthing.actions.events.correctors import correctors
from farthing.actions.parts import Parts
from farthing.actions.reads.read_query import Accepted
from farthing.storage.contract import StoredEvent
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.requests.fields import FieldGroup, field_groups
from farthing.web.requests.receipt import receipt_of
from farthing.web.requests.versions import versions_of
from farthing.web.rows_address import REQUESTS_PATH
from farthing.web.view import read_view

_ACCEPTED: Final = Accepted()


@get(REQUESTS_PATH + "/{request_id:str}", needs="read")
async def show_request(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, request_id: FromPath[str]
) -> Response[Any]:
    """The page of one request of the workspace."""
    call, corrections = await call_history(parts, asker, request_id)
    stored = StoredEvent(call.request_id, call.event)
    view = await read_view(request, parts, asker, _ACCEPTED)
    return render(
        request,
        "request",
        Frame(asker, "requests"),
        event=stored.event,
        call=call,
        versions=versions_of(call, corrections, await correctors(parts, asker, corrections)),
        request_id=request_id,
        receipt=receipt_of(stored.event),
        groups=await _groups(parts, asker, stored, view.zone),
        address=view.address,
        zone=view.zone,
    )


async def _groups(parts: Parts, asker: Asker, stored: StoredEvent, zone: ZoneInfo) -> tuple[FieldGroup, ...]:
    keys = await parts.storage.api_keys(asker.workspace.id)
    key = next((key for key in keys if key.id == stored.event.api_key_id), None)
    return field_groups(stored, None if key is None else f"{key.name} ({key.prefix}_\u2026)", zone)
