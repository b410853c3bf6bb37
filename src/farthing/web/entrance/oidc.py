"""Signing in with an OpenID provider: off to it, and back.

Whatever goes wrong, the form with the password is there.
"""

from __future__ import annotations

from typing import Any

import structlog
from litestar import Response, get

from farthing.actions.entry.sign_in_oidc import CALLBACK, WAY_LIFE_S, begin_oidc, finish_oidc
from farthing.actions.errors import ActionError, OidcUnavailableError, SignInRefusedError
from farthing.actions.parts import Parts
from farthing.rules.roles import ANYBODY
from farthing.web.access import find_viewer, origin_of
from farthing.web.cookies import forget_cookie, read_cookie, set_cookie
from farthing.web.entrance.browser import keep_signed_in, local_place
from farthing.web.entrance.form import sign_in_page
from farthing.web.given import GivenParts, PageRequest
from farthing.web.pages import redirect

_log = structlog.get_logger("farthing.web")


@get("/signin/oidc", needs=ANYBODY)
async def go_to_provider(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """Off to the provider, with a cookie that the answer must fit; a fresh installation is set up first."""
    if not await parts.storage.has_accounts():
        return redirect(request, "/setup")
    place = local_place(request.query_params.get("next", ""))
    try:
        begun = await begin_oidc(parts, place)
    except OidcUnavailableError as error:
        return _failed(request, parts, place, error, 503)
    answer = redirect(request, begun.url)
    set_cookie(request, answer, "oidc", begun.cookie, WAY_LIFE_S)
    return answer


@get(CALLBACK, needs=ANYBODY)
async def come_back(request: PageRequest, parts: GivenParts) -> Response[Any]:
    """Signed in and on to the page that was wanted, or the form with what went wrong."""
    answer = await _come_back(request, parts)
    # Whatever came of it: the same answer does not get anybody in a second time.
    forget_cookie(request, answer, "oidc")
    return answer


async def _come_back(request: PageRequest, parts: Parts) -> Response[Any]:
    cookie = read_cookie(request, "oidc") or ""
    given = {name: str(value) for name, value in request.query_params.items()}
    asker = await find_viewer(request, parts)
    viewer = None if asker is None else asker.user
    try:
        finished = await finish_oidc(parts, cookie, given, origin_of(request), viewer)
    except SignInRefusedError as error:  # that of the provider, or a password that was changed meanwhile
        return _failed(request, parts, "/", error, 403)
    except OidcUnavailableError as error:
        return _failed(request, parts, "/", error, 503)
    answer = redirect(request, local_place(finished.place))
    keep_signed_in(request, answer, finished.session, parts.clock.now())
    return answer


def _failed(request: PageRequest, parts: Parts, place: str, error: ActionError, status: int) -> Response[Any]:
    """The form again. What the provider said in detail is for the log: a page may be anybody's."""
    _log.warning("oidc.failed", message=str(error), cause=str(error.__cause__ or ""), status=status)
    said = str(error)
    return sign_in_page(request, parts, place, f"{said[0].upper()}{said[1:]}.", status=status)


HANDLERS = [go_to_provider, come_back]
