"""HTTP to the server: one connection that is kept, bodies packed with gzip, answers read whole."""

from __future__ import annotations

import gzip
import json
import ssl
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from farthing_sdk.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PATH = "/v1/ingest/llm-requests?results=refused"
_PACKED_FROM_BYTES = 2_048
_ANSWER_BYTES_MAX = 16 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """What came back. Header names are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def told(self) -> dict[str, Any]:
        """The document of the answer; empty when it is none."""
        try:
            document = json.loads(self.body)
        except ValueError:
            return {}
        return document if isinstance(document, dict) else {}

    def retry_after_seconds(self) -> float | None:
        """How long the server asks to wait."""
        value = self.headers.get("retry-after", "").strip()
        if not value:
            return None
        try:
            return max(0.0, float(value))
        except ValueError:
            pass
        try:
            return max(0.0, parsedate_to_datetime(value).timestamp() - time())
        except (ValueError, TypeError):
            return None


class UnreachableError(Exception):
    """No answer came; the message says why."""


class Wire:
    """A connection that is opened when it is needed. Used by one thread."""

    def __init__(self, base_url: str, api_key: str, timeout_seconds: float) -> None:
        address = urlsplit(base_url if "//" in base_url else f"http://{base_url}")
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("the base URL must begin with http:// or https:// and name a host")
        self._is_tls, self._host = address.scheme == "https", address.hostname
        self._port = address.port
        self._path = address.path.rstrip("/") + _PATH
        self._timeout_seconds = timeout_seconds
        self._headers = {
            "X-API-Key": api_key,
            "Content-Type": "application/x-ndjson",
            "User-Agent": f"farthing-sdk-python/{__version__}",
            "Accept": "application/json",
        }
        self._connection: HTTPConnection | None = None

    def post(self, lines: Sequence[bytes]) -> Answer:
        """Send lines as one batch. Raises UnreachableError.

        A kept connection may have been closed meanwhile; then a new one is tried at once.
        """
        body, headers = b"\n".join(lines) + b"\n", dict(self._headers)
        if len(body) >= _PACKED_FROM_BYTES:
            body = gzip.compress(body, compresslevel=1)
            headers["Content-Encoding"] = "gzip"
        is_kept = self._connection is not None
        try:
            return self._exchange(body, headers)
        except (OSError, HTTPException) as error:
            self.close()
            if not is_kept or isinstance(error, TimeoutError):
                raise UnreachableError(_named(error)) from error
        try:
            return self._exchange(body, headers)
        except (OSError, HTTPException) as error:
            self.close()
            raise UnreachableError(_named(error)) from error

    def close(self) -> None:
        """Close the connection; the next post opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(self, body: bytes, headers: dict[str, str]) -> Answer:
        connection = self._connection = self._connection or self._opened()
        connection.request("POST", self._path, body=body, headers=headers)
        response = connection.getresponse()
        data = response.read(_ANSWER_BYTES_MAX)
        if response.will_close or not response.isclosed():
            self.close()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, data)

    def _opened(self) -> HTTPConnection:
        if self._is_tls:
            tls = ssl.create_default_context()
            return HTTPSConnection(self._host, self._port, timeout=self._timeout_seconds, context=tls)
        return HTTPConnection(self._host, self._port, timeout=self._timeout_seconds)


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
