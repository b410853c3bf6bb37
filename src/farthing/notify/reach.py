"""Where messages may go: what the operator allows, and what the address of a webhook may be."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from farthing.rules.destinations import Network, address_problem

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""The addresses of a host, in the order to be tried. Raises OSError."""
URL_LENGTH_MAX: Final = 2_000


async def resolve(host: str, port: int) -> list[str]:
    """What the machine's resolver says, which understands all spellings that a connection would."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


@dataclass(frozen=True)
class Reach:
    """Where the operator lets messages go: addresses that are not public, and whether without TLS."""

    networks: tuple[Network, ...] = ()
    plain_http: bool = False


def url_problem(url: str, reach: Reach) -> str | None:
    """Why a webhook can't have this address; None when it can. Names are looked up only when it is called."""
    if len(url) > URL_LENGTH_MAX:
        return f"is longer than {URL_LENGTH_MAX} characters"
    if not url.isascii() or any(sign <= " " or sign in "\x7f\\" for sign in url):
        return "must be ASCII without spaces; names of other letters begin with xn--"
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return "is no address of a webhook"
    return _parts_problem(parts, reach) if is_good else "must be such as https://example.com/hook"


def _parts_problem(parts: SplitResult, reach: Reach) -> str | None:
    if parts.scheme == "http" and not reach.plain_http:
        return "must begin with https:// (the setting webhook_plain_http allows the other)"
    if "@" in parts.netloc:
        return "must not hold a name or password; receivers verify the signature"
    if parts.fragment:
        return "must not have a part after #"
    return _literal_problem(parts.hostname or "", reach)


def _literal_problem(host: str, reach: Reach) -> str | None:
    """What is known of a plain address before it is called; odd spellings are seen then."""
    is_literal = ":" in host or all(part.isdigit() for part in host.split("."))
    problem = address_problem(host, reach.networks) if is_literal else None
    return None if problem is None else f"can't be reached: {problem}"
