"""Small loopback servers that behave badly on purpose, for the load generator to be tried on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

Behaviour = Callable[[], asyncio.Protocol]


class Scripted(asyncio.Protocol):
    """Writes the next of `answers` for every request; closes the connection for None; silent at the end."""

    def __init__(self, answers: Iterator[bytes | None]) -> None:
        self._answers = answers
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        for _ in range(data.count(b"HTTP/1.1\r\n")):
            answer = next(self._answers, b"")
            if answer is None:
                self._transport.close()
            else:
                self._transport.write(answer)


@asynccontextmanager
async def listening(behaviour: Behaviour) -> AsyncIterator[int]:
    """The port of a server whose connections behave so."""
    server = await asyncio.get_running_loop().create_server(behaviour, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        if hasattr(server, "close_clients"):  # Python 3.13 and newer
            server.close_clients()
