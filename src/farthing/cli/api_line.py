"""Speaking to the ingest API from a terminal: to a server, or to the same code in this process.

Either way what comes back is what an application would get, so that a command shows the API's own answers.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast
from urllib.parse import urlsplit

import httpx
import msgspec
from cyclopts import Parameter

from farthing.actions.parts import Parts

_TIMEOUT_S: Final = 30.0
_HERE: Final = "http://farthing.invalid"


class ServerUnreachableError(Exception):
    """A server does not answer, or not as Farthing does; the message says which and why."""


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Remote:
    """A server over the network.

    Parameters
    ----------
    url
        Address of a server, such as http://127.0.0.1:8787 [default: the database itself].
    api_key
        An API key of the workspace.
    """

    url: Annotated[str | None, Parameter(name="--server", env_var=["FARTHING_URL", "FARTHING_BASE_URL"])] = (
        None
    )
    api_key: Annotated[str | None, Parameter(env_var="FARTHING_API_KEY")] = None


NO_SERVER: Final = Remote()


@dataclass(frozen=True)
class Said:
    """An answer of the API. `body` is empty where it was none in JSON."""

    status: int
    body: dict[str, Any]

    @property
    def is_good(self) -> bool:
        """Whether what was asked was done."""
        return self.status == httpx.codes.OK


class ApiLine:
    """Asks with a key. Open it with `to_server` or `to_parts`."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, path: str, sent: object) -> Said:
        """Raises ServerUnreachableError."""
        return await self._ask("POST", path, msgspec.json.encode(sent))

    async def get(self, path: str) -> Said:
        """Raises ServerUnreachableError."""
        return await self._ask("GET", path, b"")

    async def _ask(self, method: str, path: str, body: bytes) -> Said:
        url = self._client.base_url
        try:
            answer = await self._client.request(method, path, content=body)
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise ServerUnreachableError(f"{url} does not answer: {why}") from error
        try:
            told = msgspec.json.decode(answer.content) if answer.content else {}
        except msgspec.DecodeError as error:
            told = f"{url} answers {answer.status_code}, but no JSON: is that a Farthing server?"
            raise ServerUnreachableError(told) from error
        return Said(answer.status_code, told if isinstance(told, dict) else {})


@asynccontextmanager
async def to_server(url: str, api_key: str | None) -> AsyncIterator[ApiLine]:
    """A line to a server. Raises ServerUnreachableError for what is no address."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise ServerUnreachableError(f"{url} is no address: it begins with http:// or https://")
    async with httpx.AsyncClient(base_url=url, headers=_headers(api_key), timeout=_TIMEOUT_S) as client:
        yield ApiLine(client)


@asynccontextmanager
async def to_parts(parts: Parts, api_key: str) -> AsyncIterator[ApiLine]:
    """A line to the ingest of parts in this process, which are running."""
    from farthing.api.ingest import IngestEndpoint

    transport = httpx.ASGITransport(app=cast("Any", IngestEndpoint(parts)))
    async with httpx.AsyncClient(transport=transport, base_url=_HERE, headers=_headers(api_key)) as client:
        yield ApiLine(client)


def _headers(api_key: str | None) -> dict[str, str]:
    named = {} if api_key is None else {"X-API-Key": api_key}
    return {"Content-Type": "application/json", **named}
