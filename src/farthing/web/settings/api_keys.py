"""API keys: the list, and a new one, shown in full once."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.keys.list_api_keys import ListedKey, list_api_keys
from farthing.actions.keys.manage_api_keys import NewKey, create_api_key
from farthing.actions.parts import Parts
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.web.example import snippets
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.key_form import KeyForm, filled_form, fresh_form, problems_of

PATH: Final = "/settings/api-keys"
PAGE: Final = "api_keys"
_ENDED_MAX: Final = 200
"""How many keys that have ended are listed; the API lists them all."""


@get(PATH, needs="read")
async def show_keys(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The keys that work, newest first, and those that worked once."""
    return await _list(request, parts, asker)


@get(PATH + "/new", needs="manage_keys")
async def show_new_key(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """All that can be said of a key before it is made."""
    return await _new(request, parts, asker, fresh_form(asker))


@post(PATH, needs="manage_keys")
async def make_key(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A new key by its name alone, in full this once."""
    form = fresh_form(asker, (await form_texts(request)).get("name", ""))
    try:
        made = await create_api_key(parts, asker, form.settings(Frame(asker, PAGE).zone))
    except InvalidInputError as error:
        return await _list(request, parts, asker, 400, form.name, problems_of(error).get("name"))
    return show_made(request, parts, asker, made)


@post(PATH + "/new", needs="manage_keys")
async def make_key_in_detail(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A new key with everything that was said of it, in full this once."""
    form = filled_form(await form_texts(request))
    try:
        made = await create_api_key(parts, asker, form.settings(Frame(asker, PAGE).zone))
    except InvalidInputError as error:
        return await _new(request, parts, asker, form, problems_of(error))
    return show_made(request, parts, asker, made)


HANDLERS: Final = (show_keys, show_new_key, make_key, make_key_in_detail)


def show_made(
    request: PageRequest, parts: Parts, asker: Asker, made: NewKey, replaced: ListedKey | None = None
) -> Response[Any]:
    """The page with a key in full. `replaced` is the key that it takes the place of."""
    return render(
        request,
        "api_key_made",
        Frame(asker, PAGE),
        name=made.api_key.name,
        key=made.key,
        snippets=snippets(request, parts, made.key),
        replaced=replaced,
    )


async def choices(parts: Parts, asker: Asker) -> dict[str, Any]:
    """What the form's fields can be chosen from; people by their ids and addresses."""
    users = [each.user for each in await parts.storage.members(asker.workspace.id)]
    people = [(user.public_id, user.email) for user in users]
    return {"people": people, "data_modes": DATA_MODES, "environments": ENVIRONMENTS}


def to_list(request: PageRequest) -> Response[Any]:
    """Back to all keys."""
    return redirect(request, PATH)


async def _new(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    form: KeyForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    status = 200 if problems is None else 400
    offered = await choices(parts, asker)
    frame = Frame(asker, PAGE)
    return render(request, "api_key_new", frame, status, form=form, problems=problems or {}, **offered)


async def _list(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    status: int = 200,
    name: str = "",
    problem: str | None = None,
) -> Response[Any]:
    keys = await list_api_keys(parts, asker)
    ended = [each for each in keys if not each.is_live]
    return render(
        request,
        "api_keys",
        Frame(asker, PAGE),
        status,
        live=[each for each in keys if each.is_live],
        ended=ended[:_ENDED_MAX],
        ended_count=len(ended),
        unused_count=sum(each.is_unused for each in keys),
        name=name,
        problem=problem,
    )
