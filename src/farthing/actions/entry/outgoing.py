"""Requests that this server makes: bounded in time and size, and never led elsewhere by a redirect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec

SECONDS_MAX: Final = 10
BYTES_MAX: Final = 1_048_576
_OK: Final = 200


class OutgoingError(Exception):
    """No usable answer came; the message says why, for the log. Nothing of a body stands in it."""


class RefusedOutgoingError(OutgoingError):
    """The answer is a status between 400 and 499. `reason` is the `error` of its JSON, if it has one."""

    def __init__(self, status: int, reason: str) -> None:
        self.reason = reason
        super().__init__(f"answered {status} {reason}")


async def fetch_json(
    url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object at an address; with a form it is posted there. Raises OutgoingError."""
    # A server that calls nobody starts sooner without it.
    import httpx  # noqa: PLC0415

    # Not compressed: a small body could be a large one.
    sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
    try:
        async with (
            asyncio.timeout(SECONDS_MAX),
            httpx.AsyncClient(follow_redirects=False, timeout=SECONDS_MAX) as client,
            client.stream("GET" if form is None else "POST", url, data=form, headers=sent) as answer,
        ):
            body = await _limited(answer)
    except TimeoutError as error:
        raise OutgoingError(f"no whole answer within {SECONDS_MAX} s") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise OutgoingError(f"{type(error).__name__}: {error}") from error
    return _read(answer.status_code, body)


async def _limited(answer: Any) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise OutgoingError("the answer is compressed, which was not asked for")
    body = bytearray()
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > BYTES_MAX:
            raise OutgoingError(f"the answer has more than {BYTES_MAX} bytes")
    return bytes(body)


def _read(status: int, body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if 400 <= status < 500:  # noqa: PLR2004 - the range of refusals
        reason = found.get("error", "") if isinstance(found, dict) else ""
        raise RefusedOutgoingError(status, reason[:100] if isinstance(reason, str) else "")
    if status != _OK:
        raise OutgoingError(f"answered {status}")
    if not isinstance(found, dict):
        raise OutgoingError("the answer is no JSON object")
    return found
