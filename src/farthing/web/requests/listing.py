"""Requests, newest first: a page of rows, one of them in the drawer, and what all that match cost."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get
from markupsafe import Markup

from farthing.actions.reads.list_requests import ListedRequests, count_failed
from farthing.actions.reads.list_requests import list_requests as list_page
from farthing.actions.reads.read_query import Accepted
from farthing.reports.question import Answer
from farthing.rules.ids import cursor_text
from farthing.storage.contract import StoredEvent
from farthing.web.address import Address
from farthing.web.amounts import money
from farthing.web.counted import PARAMETER, all_of_them, wants_all
from farthing.web.exports import FORMATS, export_fields
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import list_note
from farthing.web.moments import minute_text
from farthing.web.overview.figures import dollars
from farthing.web.pages import Frame, render
from farthing.web.prices.places import unknown_address
from farthing.web.requests.detail import shown_request
from farthing.web.requests.live import LivePlace, live_place
from farthing.web.requests.rows import opened_address, request_rows
from farthing.web.rows_address import REQUESTS_PATH
from farthing.web.view import View, read_view

_ACCEPTED: Final = Accepted(parameters=("cursor", "newer", "open", "live", PARAMETER), limit_default=50)
_MEASURES: Final = ("requests", "cost")
_ROWS_MAX: Final = 100_000
"""Calls that are read at most for the total, unless more is asked for."""


@get(REQUESTS_PATH, needs="read")
async def list_requests(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A page of the requests that the filters let through."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    live = await live_place(parts, view)
    listed = await list_page(parts, asker, view.query, _MEASURES, None if wants_all(view) else _ROWS_MAX)
    items, total = _shown(listed.page.items, live), listed.answer
    opened = view.address.first("open")
    is_first = listed.newer is None and view.query.cursor is None
    return render(
        request,
        "requests",
        Frame(asker, "requests"),
        address=view.address,
        bar=filter_bar(view, can_compare=False),
        export_fields=export_fields(view.address),
        export_formats=FORMATS,
        rows=request_rows(items, view.address, view.query.filters),
        live=live,
        opened=None if opened is None else await shown_request(parts, asker, opened, view.zone),
        closed=opened_address(view.address, None),
        older=_older(view, listed),
        newer=_newer(view, listed),
        newest=None if is_first else view.address.put(),
        newest_from=None if (since := total.reach.newest_from) is None else minute_text(since, view.zone),
        all_count=None if since is None else await count_failed(parts, asker, view.query),
        all_calls=all_of_them(view),
        request_count=total.total["requests"],
        cost=_cost(total),
        unpriced_count=total.unpriced_requests,
        unknown=unknown_address(view.address),
        kept=list_note(total.reach, view),
        zone=view.zone,
    )


def _shown(items: list[StoredEvent], live: LivePlace) -> list[StoredEvent]:
    """Without what came in since the place from which new rows are told: it is told from there."""
    return [stored for stored in items if stored.request_id <= live.after] if live.is_on else items


def _cost(answer: Answer) -> Markup:
    return money(dollars(answer.total["cost"]), answer.unpriced_requests > 0)


def _older(view: View, listed: ListedRequests) -> Address | None:
    place = listed.page.next_cursor
    return None if place is None else view.address.put(cursor=cursor_text(place), live=None)


def _newer(view: View, listed: ListedRequests) -> Address | None:
    place = listed.newer
    return None if place is None else view.address.put(newer=cursor_text(place), live=None)
