"""Requests, newest first: one page of rows, and what all that match cost together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from markupsafe import Markup

from farthing.actions.reads.list_requests import list_requests as list_page
from farthing.actions.reads.read_query import Accepted
from farthing.reports.question import Answer
from farthing.rules.events import UsageEvent
from farthing.rules.ids import cursor_text, request_id_text
from farthing.rules.money import usd
from farthing.storage.contract import StoredEvent
from farthing.web.address import Address
from farthing.web.amounts import money, money_column, placed_money
from farthing.web.exports import FORMATS, export_fields
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import list_note
from farthing.web.overview.figures import dollars
from farthing.web.pages import Frame, render
from farthing.web.prices.places import unknown_address
from farthing.web.rows_address import REQUESTS_PATH
from farthing.web.view import View, read_view

_ACCEPTED: Final = Accepted(parameters=("cursor",), limit_default=50)
_MEASURES: Final = ("requests", "cost")


@dataclass(frozen=True)
class RequestRow:
    """One row of the list. `address` is its own page."""

    address: Address
    event: UsageEvent
    cost: Markup


@get(REQUESTS_PATH, needs="read")
async def list_requests(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A page of the requests that the filters let through."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    query = view.query
    listed = await list_page(parts, asker, query, _MEASURES)
    page, total = listed.page, listed.answer
    return render(
        request,
        "requests",
        Frame(asker, "requests"),
        address=view.address,
        bar=filter_bar(view, can_compare=False),
        export_fields=export_fields(view.address),
        export_formats=FORMATS,
        rows=request_rows(page.items, view.address),
        older=_older(view, page.next_cursor),
        newest=view.address.put() if query.cursor is not None else None,
        request_count=total.total["requests"],
        cost=_cost(total),
        unpriced_count=total.unpriced_requests,
        unknown=unknown_address(view.address),
        kept=list_note(total.reach, view),
        zone=view.zone,
    )


def request_rows(items: list[StoredEvent], address: Address) -> list[RequestRow]:
    """Stored events as rows, costs aligned at the point; each leads to its page, and from there back."""
    places = money_column([cost_of(stored.event) for stored in items])
    return [
        RequestRow(
            address=address.on(f"{REQUESTS_PATH}/{request_id_text(stored.request_id)}"),
            event=stored.event,
            cost=placed_money(cost_of(stored.event), places, stored.event.pricing_status == "partly_priced"),
        )
        for stored in items
    ]


def cost_of(event: UsageEvent) -> Decimal | None:
    """What the event cost in dollars; None when nothing of it has a price."""
    return None if event.cost_picousd is None else usd(event.cost_picousd)


def _cost(answer: Answer) -> Markup:
    return money(dollars(answer.total["cost"]), answer.unpriced_requests > 0)


def _older(view: View, cursor: tuple[int, int] | None) -> Address | None:
    return None if cursor is None else view.address.put(cursor=cursor_text(cursor))
