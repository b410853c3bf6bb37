"""Requests as they come in: the switch on the list, and the rows that a page which is live asks for.

A page asks every two seconds for what was recorded since it asked before. That needs no connection that is
held open, goes through any load balancer to any process, and costs a few looks by key when nothing came.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get

from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.live_requests import AFTER, arrived_requests, read_after
from farthing.actions.reads.read_query import Accepted
from farthing.rules.ids import request_id_text
from farthing.rules.instants import local_text
from farthing.web.address import Address
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import render
from farthing.web.requests.rows import request_rows
from farthing.web.rows_address import REQUESTS_PATH
from farthing.web.view import View, read_view

LIVE_PATH: Final = "/requests/live"
_ACCEPTED: Final = Accepted(parameters=(AFTER,), limit_default=100)
_ON: Final = "1"
_LEFT_OUT_FROM: Final = 1_000
"""A page that is so many calls behind (it was hidden for long) goes on from now instead of catching up."""


@dataclass(frozen=True)
class LivePlace:
    """Whether a list is live, where its switch leads, and after which request new rows are asked for.

    `switch` is None where no call can come in any more: within a range that is over, and on older pages.
    """

    is_on: bool
    switch: Address | None
    rows: Address
    after: int

    @property
    def wire(self) -> str:
        """The request that new rows come after."""
        return request_id_text(self.after)


async def live_place(parts: Parts, view: View) -> LivePlace:
    """Of the list that is shown. To be asked before its rows, so that none is missed between."""
    query, asked = view.query, view.address.first("live")
    if asked not in (None, _ON):
        raise InvalidInputError([FieldProblem("live", f"must be {_ON}, or absent, not {asked[:40]!r}")])
    can_be = query.window.end > view.now and query.cursor is None and query.newer is None
    is_on = can_be and asked is not None
    return LivePlace(
        is_on=is_on,
        switch=view.address.put(live=None if is_on else _ON) if can_be else None,
        rows=view.address.on(LIVE_PATH),
        after=await parts.storage.last_request_id() if is_on else 0,
    )


@get(LIVE_PATH, needs="read")
async def live_rows(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The rows that came in since, newest first, for the script of a list that is live."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    arrived = await arrived_requests(parts, asker, view.query, read_after(view.address.pairs))
    is_cut = arrived.behind > _LEFT_OUT_FROM
    listed = view.address.on(REQUESTS_PATH).put(live=_ON)
    return render(
        request,
        "requests_live",
        rows=request_rows([] if is_cut else arrived.items[::-1], listed, view.query.filters),
        after=request_id_text(arrived.cursor + (arrived.behind if is_cut else 0)),
        is_behind=arrived.behind > 0 and not is_cut,
        is_cut=is_cut,
        at=local_text(view.now, view.zone),
        zone=view.zone,
    )
