"""API keys: the list, a new one shown once, and revoking one after a second look."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.manage_api_keys import create_api_key, list_api_keys, revoke_api_key
from farthing.actions.parts import Parts
from farthing.rules.ids import key_id_number, key_id_text
from farthing.storage.contract import ApiKey
from farthing.web.example import example_call
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH = "/settings/api-keys"


@get(_PATH, needs="read")
async def show_keys(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """All keys, newest first."""
    return await _list(request, parts, asker)


@post(_PATH, needs="manage_keys")
async def make_key(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A new key, in full this once."""
    name = (await form_texts(request)).get("name", "")
    try:
        made = await create_api_key(parts, asker, name)
    except InvalidInputError as error:
        return await _list(request, parts, asker, status=400, name=name, problem=error.problems[0].message)
    frame = Frame(asker, "api_keys")
    call = example_call(request, made.key)
    return render(request, "api_key_made", frame, name=made.api_key.name, key=made.key, call=call)


@get(_PATH + "/{key:str}/revoke", needs="manage_keys")
async def ask_revoke(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """What revoking means, and the button that does it."""
    return render(
        request,
        "api_key_revoke",
        Frame(asker, "api_keys"),
        key=await _live(parts, asker, key),
        wire=key,
    )


@post(_PATH + "/{key:str}/revoke", needs="manage_keys")
async def revoke(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, key: FromPath[str]
) -> Response[Any]:
    """Refuse the key from now on."""
    live = await _live(parts, asker, key)
    await revoke_api_key(parts, asker, live.id)
    return redirect(request, _PATH)


async def _list(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    *,
    status: int = 200,
    name: str = "",
    problem: str | None = None,
) -> Response[Any]:
    keys = [(key_id_text(key.id), key) for key in await list_api_keys(parts, asker)]
    frame = Frame(asker, "api_keys")
    return render(request, "api_keys", frame, status, keys=keys, name=name, problem=problem)


async def _live(parts: Parts, asker: Asker, wire: str) -> ApiKey:
    """The live key of the workspace with this id. Raises NotFoundError."""
    number = key_id_number(wire)
    for key in await list_api_keys(parts, asker):
        if key.id == number and key.revoked_at is None:
            return key
    raise NotFoundError("there is no such key, or it is revoked already")
