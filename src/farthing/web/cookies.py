"""The cookies of the pages: who is signed in, which forms are ours, which theme was chosen."""

from __future__ import annotations

from typing import Any, Final, Literal

from litestar import Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from farthing.web.given import PageRequest

Connection = ASGIConnection[Any, Any, Any, Any]
Name = Literal["session", "half", "oidc", "form", "theme"]
_YEAR_S: Final = 365 * 86_400


def read_cookie(request: Connection, name: Name) -> str | None:
    """The cookie's value as the browser sent it."""
    return request.cookies.get(_key(request, name))


def set_cookie(
    request: PageRequest,
    response: Response[Any],
    name: Name,
    value: str,
    max_age_s: int | None = _YEAR_S,
) -> None:
    """Keep a value in the browser, out of reach of scripts; without `max_age_s` until it is closed."""
    response.set_cookie(
        Cookie(
            key=_key(request, name),
            value=value,
            max_age=max_age_s,
            path="/",
            secure=_is_tls(request),
            httponly=True,
            samesite="lax",
        )
    )


def forget_cookie(request: PageRequest, response: Response[Any], name: Name) -> None:
    """Have the browser drop a cookie."""
    set_cookie(request, response, name, "", 0)


def _is_tls(request: Connection) -> bool:
    return request.url.scheme == "https"


def _key(request: Connection, name: Name) -> str:
    """Over TLS the prefix makes browsers refuse a cookie that another host of the domain has set."""
    return f"__Host-farthing-{name}" if _is_tls(request) else f"farthing-{name}"
