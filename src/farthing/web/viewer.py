"""Who looks at a page. Pages of a workspace ask for the membership; without one they lead to the way in."""

from __future__ import annotations

from farthing.actions.sign_in import session_of
from farthing.storage.contract import Membership
from farthing.web.cookies import read_cookie
from farthing.web.given import GivenParts, PageRequest


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
    raise SignInNeededError("/signin" if await parts.storage.has_accounts() else "/setup")
