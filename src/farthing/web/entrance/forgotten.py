"""Forgotten passwords: asking for a link, and the page that it leads to.

The answer to asking is the same whether or not the address has an account.
"""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.errors import InvalidInputError, TooManyAttemptsError
from farthing.actions.people.set_password import ask_reset, find_reset, reset_password
from farthing.rules.roles import ANYBODY
from farthing.web.access import origin_of
from farthing.web.forms import form_texts
from farthing.web.given import GivenParts, PageRequest
from farthing.web.pages import redirect, render


@get("/forgot", needs=ANYBODY)
async def show_forgotten(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """The form, or whom to ask where no mail is sent."""
    return render(request, "forgot", can_mail=parts.mailer is not None, is_sent=False, problem=None)


@post("/forgot", needs=ANYBODY)
async def ask_for_link(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """That a mail is on its way, if there is anybody to send it to."""
    can_mail = parts.mailer is not None
    try:
        ask_reset(parts, (await form_texts(request)).get("email", ""), origin_of(request))
    except TooManyAttemptsError as error:
        problem = f"Too many attempts. Try again in {error.retry_after_s} seconds."
        return render(request, "forgot", status=429, can_mail=can_mail, is_sent=False, problem=problem)
    return render(request, "forgot", can_mail=can_mail, is_sent=can_mail, problem=None)


@get("/reset/{token:str}", needs=ANYBODY)
async def show_reset(request: PageRequest, parts: GivenParts, token: FromPath[str]) -> Response[Any]:
    """The form for a new password, while the link is good."""
    user = await find_reset(parts, token)
    return render(request, "reset", email=user.email, problem=None)


@post("/reset/{token:str}", needs=ANYBODY)
async def set_new(request: PageRequest, parts: GivenParts, token: FromPath[str]) -> Response[Any]:
    """Set it, and on to the way in: the link proves the mailbox, not a second step."""
    user = await find_reset(parts, token)
    password = (await form_texts(request)).get("password", "")
    try:
        await reset_password(parts, token, password, origin_of(request))
    except InvalidInputError as error:
        problem = error.problems[0].message
        return render(request, "reset", status=400, email=user.email, problem=problem)
    return redirect(request, "/signin")


HANDLERS = [show_forgotten, ask_for_link, show_reset, set_new]
