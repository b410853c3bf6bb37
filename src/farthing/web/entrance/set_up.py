"""The first start: make the owner, the workspace and its first key, and show the key this once."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post

from farthing.actions.entry.sign_in import sign_in_web
from farthing.actions.errors import AlreadySetUpError, InvalidInputError
from farthing.actions.people.set_up_installation import SetUp, set_up_installation
from farthing.rules.roles import ANYBODY
from farthing.web.access import origin_of
from farthing.web.entrance.browser import keep_signed_in
from farthing.web.example import snippets
from farthing.web.forms import form_texts
from farthing.web.given import GivenParts, PageRequest
from farthing.web.pages import redirect, render

_FIELDS = ("workspace", "email", "timezone")


@get("/setup", needs=ANYBODY)
async def show_set_up(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """The form, while nobody has an account yet."""
    if await parts.storage.has_accounts():
        return redirect(request, "/")
    return _form(request, dict.fromkeys(_FIELDS, ""), {})


@post("/setup", needs=ANYBODY)
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
        made = await set_up_installation(parts, wanted, origin_of(request))
    except InvalidInputError as error:
        problems = {problem.field: problem.message for problem in error.problems}
        return _form(request, given, problems, status=400)
    except AlreadySetUpError:
        return redirect(request, "/")
    session = await sign_in_web(parts, wanted.email, password, origin_of(request))
    response = render(
        request,
        "welcome",
        workspace=made.membership.workspace.name,
        key=made.key,
        snippets=snippets(request, parts, made.key),
    )
    keep_signed_in(request, response, session, parts.clock.now())
    return response


def _form(
    request: PageRequest, given: dict[str, str], problems: dict[str, str], status: int = 200
) -> Response[str]:
    """The form, ready to type in its first field or in the first that is wrong."""
    first = next(iter(problems), _FIELDS[0])
    return render(request, "set_up", status=status, given=given, problems=problems, first=first)
