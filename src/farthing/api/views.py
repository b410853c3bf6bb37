"""Saved views over HTTP."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

import msgspec
from litestar import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.views.manage_views import add_view, change_view, find_view, list_views, remove_view
from farthing.actions.views.view_fields import NewView, ViewChange
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.ids import view_id_number, view_id_text
from farthing.rules.instants import instant
from farthing.rules.saved_view import SavedView

_NUMBER_MAX: Final = 2**31 - 1


class ViewItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A saved view. `question` are parameters of `GET /v1/report`, and `form`; `path` is its page."""

    id: str
    name: str
    question: dict[str, list[str]]
    is_shared: bool
    is_pinned: bool
    is_mine: bool
    path: str
    created_at: str
    changed_at: str


class ViewList(msgspec.Struct, frozen=True):
    """Those that the asker sees, by name."""

    items: list[ViewItem]


@get("/views", tags=["views"], needs="read")
async def get_views(parts: GivenParts, asker: GivenAsker) -> ViewList:
    """The workspace's shared views, and one's own."""
    return ViewList([view_item(each, asker) for each in await list_views(parts, asker)])


@post("/views", tags=["views"], needs="save_views")
async def post_view(data: JSONBody[NewView], parts: GivenParts, asker: GivenAsker) -> ViewItem:
    """Save a question under a name; sharing it takes `share_views`."""
    return view_item(await add_view(parts, asker, data), asker)


@get("/views/{view_id:str}", tags=["views"], needs="read")
async def get_view(view_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> ViewItem:
    """One of them."""
    return view_item(await find_view(parts, asker, view_number(view_id)), asker)


@patch("/views/{view_id:str}", tags=["views"], needs="save_views")
async def patch_view(
    view_id: FromPath[str], data: JSONBody[ViewChange], parts: GivenParts, asker: GivenAsker
) -> ViewItem:
    """Change what is given; somebody else's takes who may change settings."""
    return view_item(await change_view(parts, asker, view_number(view_id), data), asker)


@delete("/views/{view_id:str}", status_code=200, tags=["views"], needs="save_views")
async def delete_view(view_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """The end of a view; somebody else's takes who may change settings."""
    await remove_view(parts, asker, view_number(view_id))
    return StatusAnswer()


def view_item(view: SavedView, asker: Asker) -> ViewItem:
    question: dict[str, list[str]] = {}
    for name, value in view.question:
        question.setdefault(name, []).append(value)
    wire = view_id_text(view.id)
    return ViewItem(
        id=wire,
        name=view.name,
        question=question,
        is_shared=view.is_shared,
        is_pinned=view.is_pinned,
        is_mine=view.created_by == asker.user.id,
        path=f"/explore?{urlencode((*view.question, ('view', wire)))}",
        created_at=instant(view.created_at),
        changed_at=instant(view.changed_at),
    )


def view_number(text: str) -> int:
    """The number of a saved view. Raises NotFoundError for text that can't be one."""
    number = view_id_number(text)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no saved view {text[:40]!r} in this workspace")
    return number


HANDLERS: Final = [get_views, post_view, get_view, patch_view, delete_view]
