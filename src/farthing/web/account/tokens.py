"""Personal access tokens: a new one shown once, and revoking one after a second look."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.entry.manage_personal_tokens import (
    DAYS_DEFAULT,
    Wanted,
    create_personal_token,
    is_live,
    list_own_tokens,
    revoke_own_token,
)
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.rules.ids import token_id_number
from farthing.rules.roles import PERMISSIONS, PERSON
from farthing.web.example import example_read
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_NEW = "/account/tokens"
_REVOKE = "/account/tokens/{token:str}/revoke"
LIVES_DAYS: Final = (7, 30, 90, 180, 365)
_SCOPE: Final = "scope_"


@get(_NEW, needs=PERSON)
async def ask_new_token(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """The form for a new token."""
    return _form(request, asker, Wanted(name="", scopes=("read",)), {})


@post(_NEW, needs=PERSON)
async def make_token(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A new token, in full this once; or the form again, with what is wrong."""
    texts = await form_texts(request)
    days = texts.get("days", "")
    wanted = Wanted(
        name=texts.get("name", ""),
        scopes=[name.removeprefix(_SCOPE) for name in texts if name.startswith(_SCOPE)],
        days=int(days) if days in {str(each) for each in LIVES_DAYS} else DAYS_DEFAULT,
    )
    try:
        made = await create_personal_token(parts, asker, wanted)
    except InvalidInputError as error:
        problems = {each.field.partition("[")[0]: each.message for each in reversed(error.problems)}
        return _form(request, asker, wanted, problems, status=400)
    frame = Frame(asker, "account")
    call = example_read(request, made.text)
    return render(request, "token_made", frame, made=made.token, text=made.text, call=call)


@get(_REVOKE, needs=PERSON)
async def ask_revoke_token(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, token: FromPath[str]
) -> Response[Any]:
    """What revoking means, and the button that does it."""
    number, now = token_id_number(token), parts.clock.now()
    for mine in await list_own_tokens(parts, asker):
        if mine.id == number and is_live(mine, now):
            action = request.url.path
            return render(
                request, "token_revoke", Frame(asker, "account"), mine=mine, action=action, back="/account"
            )
    raise NotFoundError("there is no such token of yours, or it is revoked or expired already")


@post(_REVOKE, needs=PERSON)
async def revoke_token(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, token: FromPath[str]
) -> Response[Any]:
    """Refuse the token from now on."""
    await revoke_own_token(parts, asker, token_id_number(token))
    return redirect(request, "/account")


def _form(
    request: PageRequest, asker: Asker, wanted: Wanted, problems: dict[str, str], status: int = 200
) -> Response[str]:
    scopes = {scope: told for scope, told in PERMISSIONS.items() if asker.may(scope)}
    return render(
        request,
        "token_new",
        Frame(asker, "account"),
        status,
        wanted=wanted,
        problems=problems,
        scopes=scopes,
        lives=LIVES_DAYS,
    )
