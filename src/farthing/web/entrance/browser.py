"""The browser at the door: where it stands, and that it stays signed in."""

from __future__ import annotations

from typing import Any

from litestar import Response

from farthing.actions.sign_in import WebSession
from farthing.web.cookies import set_cookie
from farthing.web.given import PageRequest


def keep_signed_in(request: PageRequest, response: Response[Any], session: WebSession, now: int) -> None:
    """Hand the browser its session, for as long as that lasts."""
    set_cookie(request, response, "session", session.cookie, (session.expires_at - now) // 1_000)
