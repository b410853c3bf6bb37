"""The page of Explore."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from farthing.actions.views.manage_views import list_views
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
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.view import ElsewhereError, read_view


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
        question=urlencode(question_of(view.address)),
    )
