"""Saved views: the list, saving what is shown, changing one, and the end of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.views.manage_views import (
    add_view,
    change_view,
    find_view,
    list_views,
    may_change,
    may_remove,
    remove_view,
)
from farthing.actions.views.view_fields import NewView, ViewChange
from farthing.rules.ids import view_id_number, view_id_text
from farthing.rules.saved_view import SavedView
from farthing.storage.contract import AlreadyExistsError
from farthing.web.address import Address, Pair
from farthing.web.explore.asked import PATH
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

LIST: Final = PATH + "/views"
_NEW: Final = LIST + "/new"
_ONE: Final = LIST + "/{view:str}"
_PAGE: Final = "explore"
_NUMBER_MAX: Final = 2**31 - 1
_IN_USE: Final = {"name": "is in use already"}
_ON: Final = "1"


@dataclass(frozen=True)
class Listed:
    """A saved view with its page, and what may be done with it."""

    view: SavedView
    wire: str
    address: Address
    is_mine: bool
    may_change: bool
    may_remove: bool


@dataclass(frozen=True)
class ViewForm:
    """What was filled in."""

    name: str = ""
    is_shared: bool = False
    is_pinned: bool = False


def listed(asker: Asker, view: SavedView) -> Listed:
    """A view as lists show it."""
    return Listed(
        view,
        view_id_text(view.id),
        address_of_view(view),
        view.created_by == asker.user.id,
        may_change(asker, view),
        may_remove(asker, view),
    )


def address_of_view(view: SavedView) -> Address:
    """Where it is shown."""
    return Address(PATH, (*view.question, ("view", view_id_text(view.id))))


def question_of(address: Address) -> tuple[Pair, ...]:
    """What an address of Explore asks, without the view that it came from."""
    return tuple(pair for pair in address.pairs if pair[0] != "view")


def is_changed(view: SavedView, address: Address) -> bool:
    """Whether an address asks for something else by now."""
    return sorted(view.question) != sorted(question_of(address))


@get(LIST, needs="read")
async def show_views(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Those that the person sees."""
    views = [listed(asker, each) for each in await list_views(parts, asker)]
    return render(request, "views", Frame(asker, _PAGE), views=views)


@get(_NEW, needs="save_views")
async def ask_view(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """The form that saves the question of its address."""
    return _new(request, asker, request.url.query, ViewForm())


@post(_NEW, needs="save_views")
async def save_view(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Save it, and show it."""
    texts = await form_texts(request)
    form, question = _filled(texts), texts.get("question", "")
    new = NewView(
        name=form.name, question=_given(question), is_shared=form.is_shared, is_pinned=form.is_pinned
    )
    try:
        made = await add_view(parts, asker, new)
    except InvalidInputError as error:
        return _new(request, asker, question, form, _problems(error))
    except AlreadyExistsError:
        return _new(request, asker, question, form, _IN_USE)
    return redirect(request, str(address_of_view(made)))


@get(_ONE, needs="save_views")
async def show_view(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, view: FromPath[str]
) -> Response[Any]:
    """Its settings."""
    found = await _find(parts, asker, view)
    form = ViewForm(found.name, found.is_shared, found.is_pinned)
    return _edit(request, asker, found, form)


@post(_ONE, needs="save_views")
async def change_one(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, view: FromPath[str]
) -> Response[Any]:
    """Give it another name, share it, pin it."""
    found = await _find(parts, asker, view)
    form = _filled(await form_texts(request))
    change = ViewChange(name=form.name, is_shared=form.is_shared, is_pinned=form.is_pinned)
    try:
        await change_view(parts, asker, found.id, change)
    except InvalidInputError as error:
        return _edit(request, asker, found, form, _problems(error))
    except AlreadyExistsError:
        return _edit(request, asker, found, form, _IN_USE)
    return redirect(request, LIST)


@post(_ONE + "/question", needs="save_views")
async def change_question(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, view: FromPath[str]
) -> Response[Any]:
    """Let it ask what is shown now."""
    found = await _find(parts, asker, view)
    question = (await form_texts(request)).get("question", "")
    after = await change_view(parts, asker, found.id, ViewChange(question=_given(question)))
    return redirect(request, str(address_of_view(after)))


@post(_ONE + "/pin", needs="save_views")
async def pin_view(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, view: FromPath[str]
) -> Response[Any]:
    """Onto the overview, or off it."""
    found = await _find(parts, asker, view)
    await change_view(parts, asker, found.id, ViewChange(is_pinned=not found.is_pinned))
    return redirect(request, LIST)


@get(_ONE + "/remove", needs="save_views")
async def ask_remove_view(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, view: FromPath[str]
) -> Response[Any]:
    """A second look."""
    found = await _find(parts, asker, view)
    return render(request, "view_remove", Frame(asker, _PAGE), shown=listed(asker, found))


@post(_ONE + "/remove", needs="save_views")
async def remove_one_view(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, view: FromPath[str]
) -> Response[Any]:
    """The end of it."""
    found = await _find(parts, asker, view)
    await remove_view(parts, asker, found.id)
    return redirect(request, LIST)


HANDLERS: Final = (
    show_views,
    ask_view,
    save_view,
    show_view,
    change_one,
    change_question,
    pin_view,
    ask_remove_view,
    remove_one_view,
)


async def seen_view(parts: Parts, asker: Asker, wire: str | None) -> SavedView | None:
    """The saved view that an address names, if there still is one."""
    number = None if wire is None else view_id_number(wire)
    if number is None or number > _NUMBER_MAX:
        return None
    return await parts.storage.saved_view(asker.workspace.id, asker.user.id, number)


async def _find(parts: Parts, asker: Asker, wire: str) -> SavedView:
    number = view_id_number(wire)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no saved view {wire[:40]!r} in this workspace")
    return await find_view(parts, asker, number)


def _filled(texts: dict[str, str]) -> ViewForm:
    return ViewForm(texts.get("name", ""), texts.get("shared") == _ON, texts.get("pinned") == _ON)


def _given(query: str) -> dict[str, str | list[str]]:
    """A question as an address says it, by the names of its parameters."""
    found: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        if name != "view":
            found.setdefault(name, []).append(value)
    return dict(found)


def _problems(error: InvalidInputError) -> dict[str, str]:
    return {each.field.partition(".")[0]: each.message for each in error.problems}


def _new(
    request: PageRequest, asker: Asker, question: str, form: ViewForm, problems: dict[str, str] | None = None
) -> Response[Any]:
    return render(
        request,
        "view_new",
        Frame(asker, _PAGE),
        400 if problems else 200,
        form=form,
        question=urlencode([pair for pair in parse_qsl(question) if pair[0] != "view"]),
        problems=problems or {},
    )


def _edit(
    request: PageRequest,
    asker: Asker,
    view: SavedView,
    form: ViewForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    shown, status = listed(asker, view), 400 if problems else 200
    return render(
        request, "view", Frame(asker, _PAGE), status, shown=shown, form=form, problems=problems or {}
    )


def menu_of(asker: Asker, views: Sequence[SavedView], current: SavedView | None) -> list[tuple[Listed, bool]]:
    """The views of a menu, and which of them is open."""
    return [(listed(asker, each), current is not None and each.id == current.id) for each in views]
