"""The second step of signing in: after the password, the code."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response, get, post

from farthing.actions.entry.access_tokens import HALF_LIFE_S
from farthing.actions.entry.sign_in import finish_sign_in, half_signed_in
from farthing.actions.errors import HalfEndedError, SignInRefusedError, TooManyAttemptsError
from farthing.actions.parts import Parts
from farthing.rules.roles import ANYBODY
from farthing.storage.contract import Membership
from farthing.web.access import origin_of
from farthing.web.cookies import forget_cookie, read_cookie, set_cookie
from farthing.web.entrance.browser import keep_signed_in, local_place
from farthing.web.forms import form_texts
from farthing.web.given import GivenParts, PageRequest
from farthing.web.pages import redirect, render

_PATH: Final = "/signin/code"
_WRONG: Final = "That code is wrong, or was used already."


async def ask_code(request: PageRequest, parts: Parts, membership: Membership, place: str) -> Response[Any]:
    """On to the code, with what says that the password was right."""
    answer = redirect(request, f"{_PATH}?{urlencode({'next': place})}")
    set_cookie(request, answer, "half", await half_signed_in(parts, membership), HALF_LIFE_S)
    return answer


@get(_PATH, needs=ANYBODY)
async def show_code(request: PageRequest) -> Response[Any]:
    """The form; from the beginning for whoever has not given a password."""
    if not read_cookie(request, "half"):
        return redirect(request, "/signin")
    place = local_place(request.query_params.get("next", ""))
    return render(request, "sign_in_code", place=place, problem=None)


@post(_PATH, needs=ANYBODY)
async def check_code(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """On to the page that was wanted, or the form again."""
    texts = await form_texts(request)
    place, half = local_place(texts.get("next", "")), read_cookie(request, "half")
    try:
        session = await finish_sign_in(parts, half or "", texts.get("code", ""), origin_of(request))
    except HalfEndedError:
        return redirect(request, f"/signin?{urlencode({'next': place})}")
    except SignInRefusedError:
        return render(request, "sign_in_code", status=401, place=place, problem=_WRONG)
    except TooManyAttemptsError as error:
        problem = f"Too many attempts. Try again in {error.retry_after_s} seconds."
        response = render(request, "sign_in_code", status=429, place=place, problem=problem)
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response
    answer = redirect(request, place)
    forget_cookie(request, answer, "half")
    keep_signed_in(request, answer, session, parts.clock.now())
    return answer
