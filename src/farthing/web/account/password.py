"""Changing one's own password."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError, TooManyAttemptsError
from farthing.actions.people.set_password import change_password
from farthing.rules.roles import PERSON
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render

_PATH: Final = "/account/password"


@get(_PATH, needs=PERSON)
async def show_password(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """The form."""
    return _form(request, asker)


@post(_PATH, needs=PERSON)
async def set_own(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Another password; the form again, with that it is done or with what is wrong."""
    texts = await form_texts(request)
    try:
        await change_password(parts, asker, texts.get("presentPassword", ""), texts.get("password", ""))
    except InvalidInputError as error:
        return _form(request, asker, 400, {each.field: each.message for each in error.problems})
    except TooManyAttemptsError as error:
        told = f"was wrong too often; try again in {error.retry_after_s} seconds"
        return _form(request, asker, 429, {"presentPassword": told})
    return _form(request, asker, is_done=True)


def _form(
    request: PageRequest,
    asker: Asker,
    status: int = 200,
    problems: dict[str, str] | None = None,
    *,
    is_done: bool = False,
) -> Response[str]:
    frame = Frame(asker, "account")
    return render(request, "password", frame, status, problems=problems or {}, is_done=is_done)


HANDLERS = [show_password, set_own]
