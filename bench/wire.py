"""Bytes of HTTP/1.1, both ways: requests rendered ahead of time, answers cut out of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import httptools

_RETRY_AFTER = b"retry-after"


class Response(NamedTuple):
    """One whole answer. `retry_after` is the header as sent, or None."""

    status: int
    body: bytes
    retry_after: bytes | None


class ResponseReader:
    """Cuts a byte stream into answers, however the stream arrives in pieces."""

    def __init__(self) -> None:
        self._complete: list[Response] = []
        self._parts: list[bytes] = []
        self._retry_after: bytes | None = None
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> list[Response]:
        """The answers that `data` completes, in order.

        Raises httptools.HttpParserError on bytes that are not HTTP.
        """
        self._parser.feed_data(data)
        complete, self._complete = self._complete, []
        return complete

    # httptools calls the following by name.

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(name) == len(_RETRY_AFTER) and name.lower() == _RETRY_AFTER:
            self._retry_after = value

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        self._complete.append(Response(status, b"".join(self._parts), self._retry_after))
        self._parts.clear()
        self._retry_after = None


def request_head(method: str, target: str, headers: Mapping[str, str]) -> bytes:
    """The request line and headers, ended by the empty line; `headers` must hold what the server needs."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def response_bytes(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """A whole answer with a JSON body, as a server writes it."""
    own = {"Content-Type": "application/json", "Content-Length": str(len(body))} | dict(headers or {})
    lines = [f"HTTP/1.1 {status} -", *(f"{name}: {value}" for name, value in own.items())]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
