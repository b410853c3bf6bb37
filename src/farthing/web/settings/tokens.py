"""Personal access tokens of everybody in the workspace, for whoever manages members: to see and to revoke."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.entry.manage_personal_tokens import is_live, list_all_tokens, revoke_any_token
from farthing.actions.errors import NotFoundError
from farthing.rules.ids import token_id_number, token_id_text
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH = "/settings/tokens"
_REVOKE = _PATH + "/{token:str}/revoke"


@get(_PATH, needs="manage_members")
async def show_tokens(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """All of them, newest first."""
    now = parts.clock.now()
    tokens = [
        (token_id_text(token.id), token, user, is_live(token, now))
        for token, user in await list_all_tokens(parts, asker)
    ]
    return render(request, "tokens", Frame(asker, "tokens"), tokens=tokens)


@get(_REVOKE, needs="manage_members")
async def ask_revoke_any(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, token: FromPath[str]
) -> Response[Any]:
    """What revoking means, and the button that does it."""
    number, now = token_id_number(token), parts.clock.now()
    for each, _ in await list_all_tokens(parts, asker):
        if each.id == number and is_live(each, now):
            action = request.url.path
            return render(
                request, "token_revoke", Frame(asker, "tokens"), mine=each, action=action, back=_PATH
            )
    raise NotFoundError("there is no such token here, or it is revoked or expired already")


@post(_REVOKE, needs="manage_members")
async def revoke_any(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, token: FromPath[str]
) -> Response[Any]:
    """Refuse the token from now on."""
    await revoke_any_token(parts, asker, token_id_number(token))
    return redirect(request, _PATH)
