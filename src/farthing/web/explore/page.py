"""The page of Explore."""

from __future__ import annotations

from typing import Any

from litestar import Response, get

from farthing.web.explore.asked import EXPLORE, PATH, fresh, read_explored
from farthing.web.explore.choices import choices_of
from farthing.web.explore.panel import ask_panel
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.view import ElsewhereError, read_view


@get(PATH, needs="read")
async def explore(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """One question, and its answer as a chart and as tables."""
    view = await read_view(request, parts, asker, EXPLORE)
    if (chosen := fresh(view.address)) is not None:
        raise ElsewhereError(chosen)
    explored = read_explored(view)
    panel = await ask_panel(parts, asker, explored)
    return render(
        request,
        "explore",
        Frame(asker, "explore"),
        address=view.address,
        bar=filter_bar(view),
        choices=choices_of(explored),
        panel=panel,
        why=view.address.on("/investigate").put(compare=None),
    )
