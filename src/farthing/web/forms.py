"""Forms that change something come from our own pages only.

Every page's forms carry the token of a cookie that no other site can read or set (SameSite, `__Host-` over
TLS), and the browser's own word on where the form stood is heard as well. Both work without JavaScript.
"""

from __future__ import annotations

from hmac import compare_digest
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlsplit

from litestar.exceptions import ClientException

from farthing.web.cookies import read_cookie
from farthing.web.given import PageRequest

FIELD: Final = "form_token"
_CHANGING: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_LENGTH: Final = 43


class ForgedFormError(Exception):
    """A form came from elsewhere, or from a page that is older than its cookie."""


def form_token(request: PageRequest) -> tuple[str, bool]:
    """The token for the forms of a page, and whether it is new, so that its cookie must be set."""
    sent = read_cookie(request, "form")
    if sent is not None and len(sent) == _LENGTH and sent.isascii():
        return sent, False
    return token_urlsafe(32), True


async def refuse_forged(request: PageRequest) -> None:
    """Before every request: one that changes something must carry our token. Raises ForgedFormError."""
    if request.method not in _CHANGING:
        return
    if not _is_from_here(request):
        raise ForgedFormError("the form stood on another site")
    try:
        form = await request.form()
    except UnicodeDecodeError as error:
        raise ClientException("the form is not UTF-8") from error
    given, expected = form.get(FIELD), read_cookie(request, "form")
    if not (isinstance(given, str) and expected and compare_digest(given.encode(), expected.encode())):
        raise ForgedFormError("the form's token is missing or old")


def _is_from_here(request: PageRequest) -> bool:
    """What the browser says of the form's page. Old browsers say nothing; then the token alone decides."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


async def form_pairs(request: PageRequest) -> list[tuple[str, str]]:
    """The text fields of the form that was sent, in its order, repeated ones as often."""
    form = await request.form()
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str)]


async def form_texts(request: PageRequest) -> dict[str, str]:
    """The text fields of the form that was sent; of a repeated one the last."""
    return dict(await form_pairs(request))
