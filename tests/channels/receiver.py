"""A real HTTP receiver on loopback that answers as it is told, and what came to it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import time_machine
from standardwebhooks import Webhook

from tests.installations import NOW

HANG: Final = "hang"
"""Take the request, and never answer."""
DROP: Final = "drop"
"""Take the request, and end the connection."""
ENDLESS: Final = "endless"
"""Answer 200, with a body that never ends."""


Told = int | str | tuple[int, dict[str, str]]
"""How a request is answered: with a status, headers beside it, or with one of the words above."""


@dataclass(frozen=True)
class Posted:
    """A request that came. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        """What the delivery is known by."""
        return self.headers["webhook-id"]

    def verified(self, secret: str, at: int = NOW) -> dict[str, Any]:
        """The payload, which the library of the scheme has verified at a time. Raises when it is not good."""
        with time_machine.travel(at / 1_000, tick=False):
            told: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        assert told == msgspec.json.decode(self.body)
        return told


@dataclass
class Receiver:
    """Answers each request with the next of `script`, with the last one for good."""

    script: list[Told] = field(default_factory=lambda: [200])
    posted: list[Posted] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def has(self, count: int) -> Callable[[], Awaitable[bool]]:
        """Whether so many requests came."""

        async def holds() -> bool:
            return len(self.posted) >= count

        return holds

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in head[1:] if line]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        self.posted.append(Posted(head[0].split()[1], headers, body))
        told = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if told == HANG:
            await reader.read()
        elif told == ENDLESS:
            writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                await writer.drain()
        elif told != DROP:
            status, more = told if isinstance(told, tuple) else (told, {})
            lines = "".join(f"{name}: {value}\r\n" for name, value in more.items())
            writer.write(f"HTTP/1.1 {status} x\r\ncontent-length: 2\r\n{lines}\r\nok".encode())
            await writer.drain()


@asynccontextmanager
async def receiving(*script: Told, tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """One that takes requests for as long as the block runs."""
    receiver = Receiver(list(script) or [200])
    if tls is not None:
        tls.sni_callback = lambda _socket, name, _context: receiver.names.append(name)
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
