"""Signing in and out, and the theme that this browser shows."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.entry.second_step import has_second_step
from farthing.actions.entry.sign_in import check_password, open_web_session, sign_out
from farthing.actions.errors import NoPlaceError, SignInRefusedError, TooManyAttemptsError
from farthing.rules.roles import ANYBODY
from farthing.web.access import find_viewer, origin_of
from farthing.web.cookies import forget_cookie, read_cookie, set_cookie
from farthing.web.entrance.browser import keep_signed_in, local_place
from farthing.web.entrance.code import ask_code
from farthing.web.entrance.form import sign_in_page
from farthing.web.forms import form_texts
from farthing.web.given import GivenParts, PageRequest
from farthing.web.pages import THEMES, redirect

_WRONG: Final = "That e-mail address and password do not belong together."
_NO_PLACE: Final = "You belong to no workspace here any more. Ask for an invitation."


@get("/signin", needs=ANYBODY)
async def show_sign_in(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """The form; whoever is signed in already goes on, and a fresh installation is set up first."""
    if not await parts.storage.has_accounts():
        return redirect(request, "/setup")
    place = local_place(request.query_params.get("next", ""))
    if await find_viewer(request, parts) is not None:
        return redirect(request, place)
    return sign_in_page(request, parts, place)


@post("/signin", needs=ANYBODY)
async def check_sign_in(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """On to the page that was wanted, or the form again; it never says which part was wrong."""
    texts = await form_texts(request)
    email, place = texts.get("email", "").strip(), local_place(texts.get("next", ""))
    try:
        membership = await check_password(parts, email, texts.get("password", ""), origin_of(request))
    except NoPlaceError:
        return sign_in_page(request, parts, place, _NO_PLACE, status=401, email=email)
    except SignInRefusedError:
        return sign_in_page(request, parts, place, _WRONG, status=401, email=email)
    except TooManyAttemptsError as error:
        problem = f"Too many attempts. Try again in {error.retry_after_s} seconds."
        response = sign_in_page(request, parts, place, problem, status=429, email=email)
        response.headers["Retry-After"] = str(error.retry_after_s)
        return response
    if await has_second_step(parts, membership.user.id):
        return await ask_code(request, parts, membership, place)
    answer = redirect(request, place)
    session = await open_web_session(parts, membership, origin_of(request))
    keep_signed_in(request, answer, session, parts.clock.now())
    return answer


@post("/signout", needs=ANYBODY)
async def leave(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """End the session here and in the database."""
    cookie = read_cookie(request, "session")
    if cookie:
        await sign_out(parts, cookie, origin_of(request))
    answer = redirect(request, "/signin")
    forget_cookie(request, answer, "session")
    return answer


@post("/theme", needs=ANYBODY)
async def choose_theme(request: PageRequest) -> Response[Any]:
    """Keep the theme in this browser and show the same page in it."""
    texts = await form_texts(request)
    answer = redirect(request, local_place(texts.get("next", "")))
    chosen = texts.get("theme", "")
    if chosen in THEMES:
        set_cookie(request, answer, "theme", chosen)
    return answer
