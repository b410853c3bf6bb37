"""The first start: make the owner, the workspace and its first key, and show the key this once."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from farthing.actions.errors import AlreadySetUpError, InvalidInputError
from farthing.actions.set_up_installation import SetUp, set_up_installation
from farthing.actions.sign_in import sign_in_web
from farthing.web.cookies import set_cookie
from farthing.web.entrance.address import client_address
from farthing.web.example import example_call
from farthing.web.forms import form_texts
from farthing.web.given import GivenParts, PageRequest
from farthing.web.pages import redirect, render

_FIELDS = ("workspace", "email", "timezone")


@get("/setup")
async def show_set_up(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """The form, while nobody has an account yet."""
    if await parts.storage.has_accounts():
        return redirect(request, "/")
    return render(request, "set_up", given=dict.fromkeys(_FIELDS, ""), problems={}, first=_FIELDS[0])


@post("/setup")
async def set_up(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """Make everything and go on to the first call; the form again, with what is wrong, if it can't be."""
    texts = await form_texts(request)
    given = {name: texts.get(name, "").strip() for name in _FIELDS}
    password = texts.get("password", "")
    wanted = SetUp(
        email=given["email"],
        password=password,
        workspace=given["workspace"],
        timezone=given["timezone"] or "UTC",
    )
    try:
        made = await set_up_installation(parts, wanted)
    except InvalidInputError as error:
        problems = {problem.field: problem.message for problem in error.problems}
        return render(
            request, "set_up", status=400, given=given, problems=problems, first=next(iter(problems))
        )
    except AlreadySetUpError:
        return redirect(request, "/")
    session = await sign_in_web(parts, wanted.email, password, client_address(request))
    response = render(
        request,
        "welcome",
        workspace=made.membership.workspace.name,
        key=made.key,
        call=example_call(request, made.key),
    )
    set_cookie(
        request, response, "session", session.cookie, (session.expires_at - parts.clock.now()) // 1_000
    )
    return response
