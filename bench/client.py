"""A keep-alive HTTP client for timing reads: one connection, one request at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic_ns

from bench.connection import Connection
from bench.wire import Response, request_head

_ANSWER_S = 60.0


class Client:
    """Sends GETs with fixed headers. Not for concurrent use: several at once take several clients."""

    def __init__(self, host: str, port: int, headers: Mapping[str, str]) -> None:
        self._host = host
        self._port = port
        self._headers = {"Host": f"{host}:{port}", **headers}
        self._connection: Connection | None = None
        self._answer: asyncio.Future[Response] | None = None

    async def get(self, target: str) -> Response:
        """Raises ConnectionError when the connection ends before the answer, TimeoutError after a minute."""
        if self._connection is None:
            self._connection = await Connection.open(self, self._host, self._port)
        self._answer = asyncio.get_running_loop().create_future()
        self._connection.send(request_head("GET", target, self._headers), monotonic_ns())
        async with asyncio.timeout(_ANSWER_S):
            return await self._answer

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def answered(self, _connection: Connection, response: Response, _due_ns: int) -> None:
        if self._answer is not None:
            self._answer.set_result(response)

    def lost(self, _connection: Connection) -> None:
        self._connection = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the server ended the connection without an answer"))
