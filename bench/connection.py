"""One HTTP connection of the load generator: carries one request at a time."""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

import httptools

from bench.wire import Response, ResponseReader


class Owner(Protocol):
    """Who is told what becomes of a request."""

    def answered(self, connection: Connection, response: Response, due_ns: int) -> None:
        """The open request is answered; the connection is free."""
        ...

    def lost(self, connection: Connection) -> None:
        """The connection has ended, with `due_ns` set if a request was still open."""
        ...


class Connection(asyncio.Protocol):
    """A connected socket. `due_ns` is when the open request was due, None while there is none."""

    def __init__(self, owner: Owner) -> None:
        self.due_ns: int | None = None
        self._owner = owner
        self._reader = ResponseReader()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def open(cls, owner: Owner, host: str, port: int) -> Connection:
        """Raises OSError when nobody listens."""
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: cls(owner), host, port)
        return connection

    def send(self, request: bytes, due_ns: int) -> None:
        """On a connection that has just ended this writes nothing; `lost` follows and tells."""
        assert self._transport is not None, "a connection is made before it is handed out"
        self.due_ns = due_ns
        self._transport.write(request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End it without waiting for what is unsent."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's class does not inherit from it

    def data_received(self, data: bytes) -> None:
        try:
            responses = self._reader.feed(data)
        except httptools.HttpParserError:
            self.abort()
            return
        for response in responses:
            self._deliver(response)

    def _deliver(self, response: Response) -> None:
        due_ns, self.due_ns = self.due_ns, None
        if due_ns is not None:  # an answer that nobody asked for is none
            self._owner.answered(self, response, due_ns)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._owner.lost(self)
