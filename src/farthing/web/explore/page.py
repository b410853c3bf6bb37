"""The page of Explore."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from farthing.actions.exports.report_file import FORMATS as REPORT_FORMATS
from farthing.actions.views.manage_views import list_views
from farthing.web.address import Pair
from farthing.web.explore.asked import EXPLORE, PATH, fresh, read_explored
from farthing.web.explore.choices import choices_of
from farthing.web.explore.panel import ask_panel
from farthing.web.explore.saved import (
    address_of_view,
    is_changed,
    listed,
    menu_of,
    question_of,
    seen_view,
)
from farthing.web.exports import FORMATS
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.view import ElsewhereError, View, read_view


def export_fields(view: View) -> tuple[Pair, ...]:
    """The question for the export of the same: a file compares only where it is told to."""
    compare = "previous" if view.compares else None
    return view.address.put(form=None, view=None, compare=compare).pairs


@get(PATH, needs="read")
async def explore(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """One question, and its answer as a chart and as tables."""
    view = await read_view(request, parts, asker, EXPLORE)
    saved = await seen_view(parts, asker, view.address.first("view"))
    if saved is not None and not question_of(view.address):
        raise ElsewhereError(address_of_view(saved))
    if (chosen := fresh(view.address)) is not None:
        raise ElsewhereError(chosen)
    explored = read_explored(view)
    return render(
        request,
        "explore",
        Frame(asker, "explore"),
        address=view.address,
        bar=filter_bar(view),
        choices=choices_of(explored),
        panel=await ask_panel(parts, asker, explored),
        why=view.address.on("/investigate").put(compare=None),
        saved=None if saved is None else listed(asker, saved),
        is_changed=saved is not None and is_changed(saved, view.address),
        views=menu_of(asker, await list_views(parts, asker), saved),
        export_fields=export_fields(view),
        export_formats=[pair for pair in FORMATS if pair[0] in REPORT_FORMATS],
        question=urlencode(question_of(view.address)),
    )
