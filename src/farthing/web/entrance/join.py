"""Accepting an invitation: as who is signed in, or with a password, which makes an account where none is.

The page is the same whether or not the invited address has an account.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.entry.sign_in import sign_in_web
from farthing.actions.errors import InvalidInputError, SignInRefusedError, TooManyAttemptsError
from farthing.actions.parts import Parts
from farthing.actions.people.accept_invitation import (
    Accepted,
    Offer,
    accept_signed_in,
    accept_with_password,
    find_offer,
)
from farthing.rules.roles import ANYBODY
from farthing.web.access import find_viewer, origin_of
from farthing.web.entrance.browser import keep_signed_in
from farthing.web.forms import form_texts
from farthing.web.given import GivenParts, PageRequest
from farthing.web.pages import redirect, render

_REFUSED: Final = "That password does not go with this invitation."


@get("/join/{token:str}", needs=ANYBODY)
async def show_offer(request: PageRequest, parts: GivenParts, token: FromPath[str]) -> Response[Any]:
    """What is offered, and how to take it."""
    return await _page(request, parts, await find_offer(parts, token))


@post("/join/{token:str}", needs=ANYBODY)
async def take_offer(request: PageRequest, parts: GivenParts, token: FromPath[str]) -> Response[Any]:
    """Join, and go on to the workspace; an account that there was before is signed in to as always."""
    offer, texts = await find_offer(parts, token), await form_texts(request)
    viewer = await find_viewer(request, parts)
    if "password" not in texts and viewer is not None:
        await accept_signed_in(parts, token, viewer)
        return redirect(request, "/")
    password = texts.get("password", "")
    try:
        accepted = await accept_with_password(parts, token, password, origin_of(request))
    except InvalidInputError as error:
        return await _page(request, parts, offer, 400, f"This password {error.problems[0].message}.")
    except SignInRefusedError:
        return await _page(request, parts, offer, 401, _REFUSED)
    except TooManyAttemptsError as error:
        problem = f"Too many attempts. Try again in {error.retry_after_s} seconds."
        return await _page(request, parts, offer, 429, problem)
    return await _go_on(request, parts, accepted, password)


async def _go_on(request: PageRequest, parts: Parts, accepted: Accepted, password: str) -> Response[Any]:
    if not accepted.is_new:
        return redirect(request, "/signin")
    session = await sign_in_web(parts, accepted.user.email, password, origin_of(request))
    answer = redirect(request, "/")
    keep_signed_in(request, answer, session, parts.clock.now())
    return answer


async def _page(
    request: PageRequest, parts: Parts, offer: Offer, status: int = 200, problem: str | None = None
) -> Response[str]:
    viewer: Asker | None = await find_viewer(request, parts)
    return render(
        request,
        "join",
        status=status,
        offer=offer,
        viewer=None if viewer is None else viewer.user.email,
        is_invited=viewer is not None and viewer.user.email == offer.invitation.email,
        problem=problem,
    )


HANDLERS = [show_offer, take_offer]
