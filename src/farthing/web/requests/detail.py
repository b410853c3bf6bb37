"""One request: every field that was stored, and the receipt that explains what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.events.correct_call import call_history
from farthing.actions.events.correctors import correctors
from farthing.actions.parts import Parts
from farthing.actions.reads.read_query import Accepted
from farthing.rules.correction import StoredCall
from farthing.storage.contract import StoredEvent
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.requests.fields import FieldGroup, field_groups
from farthing.web.requests.places import REQUEST
from farthing.web.requests.receipt import Receipt, receipt_of
from farthing.web.requests.versions import Version, versions_of
from farthing.web.view import read_view

_ACCEPTED: Final = Accepted()


@dataclass(frozen=True)
class ShownRequest:
    """One request with all that is known of it; `wire` is its id."""

    wire: str
    call: StoredCall
    receipt: Receipt
    groups: tuple[FieldGroup, ...]
    versions: tuple[Version, ...]


@get(REQUEST, needs="read")
async def show_request(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, request_id: FromPath[str]
) -> Response[Any]:
    """The page of one request of the workspace; the list shows the same in a drawer."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    return render(
        request,
        "request",
        Frame(asker, "requests"),
        shown=await shown_request(parts, asker, request_id, view.zone),
        address=view.address,
        zone=view.zone,
    )


async def shown_request(parts: Parts, asker: Asker, wire: str, zone: ZoneInfo) -> ShownRequest:
    """All of a request. Raises NotFoundError."""
    call, corrections = await call_history(parts, asker, wire)
    return ShownRequest(
        wire=wire,
        call=call,
        receipt=receipt_of(call.event),
        groups=await _groups(parts, asker, StoredEvent(call.request_id, call.event), zone),
        versions=versions_of(call, corrections, await correctors(parts, asker, corrections)),
    )


async def _groups(parts: Parts, asker: Asker, stored: StoredEvent, zone: ZoneInfo) -> tuple[FieldGroup, ...]:
    keys = await parts.storage.api_keys(asker.workspace.id)
    key = next((key for key in keys if key.id == stored.event.api_key_id), None)
    return field_groups(stored, None if key is None else f"{key.name} ({key.prefix}_\u2026)", zone)
