"""Who looks at a page. Pages of a workspace ask for the membership; without one they lead to the way in."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from farthing.actions.sign_in import session_of
from farthing.storage.contract import Membership
from farthing.web.cookies import read_cookie
from farthing.web.given import GivenParts, PageRequest

_NOT_PAGES: Final = frozenset({"/first-event"})
"""Asked by scripts in the background."""


class SignInNeededError(Exception):
    """Nobody is signed in. `place` is where to go: to sign in, or to set up a fresh installation."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(place)


async def find_viewer(request: PageRequest, parts: GivenParts) -> Membership | None:
    """The membership of whoever is signed in here."""
    cookie = read_cookie(request, "session")
    return None if not cookie else await session_of(parts, cookie)


async def need_viewer(request: PageRequest, parts: GivenParts) -> Membership:
    """The same for pages that show something. Raises SignInNeededError."""
    membership = await find_viewer(request, parts)
    if membership is not None:
        return membership
    if not await parts.storage.has_accounts():
        raise SignInNeededError("/setup")
    raise SignInNeededError(f"/signin?{urlencode({'next': _wanted(request)})}")


def _wanted(request: PageRequest) -> str:
    """Where to go after signing in; a form can't be sent again, so that leads to the overview."""
    if request.method != "GET" or request.url.path in _NOT_PAGES:
        return "/"
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
