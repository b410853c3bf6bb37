"""Who may see a page: each route states it as `needs`, and nothing is shown before it was asked here.

`needs` is a permission of rules.roles, or one of its words for who needs none. Whoever is not signed in is
led to the way in.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from farthing.actions.asker import Asker, Origin
from farthing.actions.entry.sign_in import session_of
from farthing.actions.parts import Parts
from farthing.rules.roles import ANYBODY, PERSON
from farthing.web.cookies import read_cookie
from farthing.web.given import PageRequest

Connection = ASGIConnection[Any, Any, Any, Any]
_NOT_PAGES: Final = frozenset(
    {"/first-event", "/search/found", "/data-quality/newest", "/overview/ahead", "/requests/live"}
)
"""Asked by scripts in the background."""


class SignInNeededError(Exception):
    """Nobody is signed in. `place` is where to go: to sign in, or to set up a fresh installation."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(place)


async def allow(connection: Connection, handler: BaseRouteHandler) -> None:
    """Before every page: who looks, and whether they may. Raises SignInNeededError and ForbiddenRoleError."""
    if connection.scope.get("method") == "OPTIONS" and "needs" not in handler.opt:
        return  # made by the framework for every route: it tells the methods and nothing else
    needs = handler.opt["needs"]
    if needs == ANYBODY:
        return
    parts: Parts = connection.state.parts
    asker = await find_viewer(connection, parts)
    if asker is None:
        raise SignInNeededError(await _way_in(connection, parts))
    if needs != PERSON:
        asker.need(needs)
    connection.state.asker = asker
    connection.state.places = await parts.storage.memberships(asker.user.id)
    standing = parts.plans.standing(asker.workspace.id)
    connection.state.plan_use = None if standing is None else standing.use(parts.clock.now())


def given_asker(request: PageRequest) -> Asker:
    """The person whom `allow` let in."""
    asker: Asker = request.state.asker
    return asker


async def find_viewer(connection: Connection, parts: Parts) -> Asker | None:
    """Whoever is signed in here."""
    cookie = read_cookie(connection, "session")
    return None if not cookie else await session_of(parts, cookie, origin_of(connection))


def origin_of(connection: Connection) -> Origin:
    """Whence a page is asked for: the address of the browser, or of the nearest proxy that is not trusted."""
    address = connection.client.host if connection.client is not None else ""
    return Origin("page", address, connection.headers.get("user-agent", ""))


async def _way_in(connection: Connection, parts: Parts) -> str:
    if not await parts.storage.has_accounts():
        return "/setup"
    return f"/signin?{urlencode({'next': _wanted(connection)})}"


def _wanted(connection: Connection) -> str:
    """Where to go after signing in; a form can't be sent again, so that leads to the overview."""
    path, query = connection.url.path, connection.url.query
    if connection.scope.get("method") != "GET" or path in _NOT_PAGES:
        return "/"
    return f"{path}?{query}" if query else path
