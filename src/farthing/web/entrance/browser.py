"""The browser at the door: where it stands, and that it stays signed in."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response

from farthing.actions.entry.sign_in import WebSession
from farthing.web.cookies import set_cookie
from farthing.web.given import PageRequest

_LENGTH_MAX: Final = 2_000


def keep_signed_in(request: PageRequest, response: Response[Any], session: WebSession, now: int) -> None:
    """Hand the browser its session, for as long as that lasts."""
    set_cookie(request, response, "session", session.cookie, (session.expires_at - now) // 1_000)


def local_place(place: str) -> str:
    """A path of this server; the overview for anything that might lead elsewhere."""
    is_local = place.startswith("/") and not place.startswith(("//", "/\\")) and place.isprintable()
    return place if is_local and len(place) <= _LENGTH_MAX and "\\" not in place else "/"
