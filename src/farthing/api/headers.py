"""Headers of every answer that is not a page: nothing to sniff, keep, frame or embed.

Pages say more of themselves (web.headers). What both need is added here, where each answer passes.
"""

from __future__ import annotations

from typing import Any, Final

from litestar.types import Message, Scope, Send

NOSNIFF: Final = (b"x-content-type-options", b"nosniff")
_SAME_ORIGIN: Final = (b"cross-origin-resource-policy", b"same-origin")
API_HEADERS: Final = (
    NOSNIFF,
    _SAME_ORIGIN,
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_OTHERS: Final = (NOSNIFF, _SAME_ORIGIN)
_TLS_ONLY: Final = (b"strict-transport-security", b"max-age=31536000")
"""A year; not for subdomains, which are not ours to speak for."""

REFUSAL_HEAD: Final = b"".join(
    (
        b"HTTP/1.1 %d \r\ncontent-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n",
        *(name + b": " + value + b"\r\n" for name, value in API_HEADERS),
        b"\r\n",
    )
)
"""The head of an answer to what never became a request: takes the status and the length of the body."""


def headers_for(scope: Scope | dict[str, Any]) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of an answer in JSON. Only over TLS a browser is told to stay there."""
    return (*API_HEADERS, _TLS_ONLY) if scope["scheme"] == "https" else API_HEADERS


def guarded(scope: Scope, send: Send, *, is_for_machines: bool) -> Send:
    """`send`, which adds what an answer does not say of itself."""
    added: tuple[tuple[bytes, bytes], ...] = API_HEADERS if is_for_machines else _OTHERS
    if scope.get("scheme") == "https":
        added = (*added, _TLS_ONLY)

    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message["headers"])
            said = {name.lower() for name, _ in headers}
            message["headers"] = headers + [each for each in added if each[0] not in said]
        await send(message)

    return send_guarded
