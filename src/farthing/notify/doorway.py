"""A door on this machine that leads to one place: for libraries that connect by themselves.

Such a library looks names up again when it connects, follows where it is led, and asks the cloud that it runs
in for credentials. Given this as its proxy, all that it can reach is one host and port, at an address that
was looked up and checked here. Whoever else finds the door has no key to it, and it is gone with its block.
"""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from hmac import compare_digest
from secrets import token_hex
from typing import Final
from urllib.parse import urlsplit

from farthing.notify.reach import Reach, Resolve
from farthing.rules.destinations import first_problem

_HEAD_BYTES_MAX: Final = 16_384
_SECONDS_MAX: Final = 10
_CHUNK_BYTES: Final = 65_536
_PORTS: Final = {"https": 443, "http": 80}


class DoorwayError(Exception):
    """There is no way to that place; `is_refused` when there must be none. The message says why."""

    def __init__(self, message: str, *, is_refused: bool = False) -> None:
        super().__init__(message)
        self.is_refused = is_refused


@asynccontextmanager
async def doorway(url: str, reach: Reach, look_up: Resolve) -> AsyncIterator[Door]:
    """A door to the host of a URL, for as long as the block runs. Raises DoorwayError."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    door = Door(host, port, await _checked(host, port, reach, look_up))
    server = await asyncio.start_server(door.let_in, "127.0.0.1", 0, limit=_HEAD_BYTES_MAX)
    try:
        door.proxy = f"http://farthing:{door.key}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield door
    finally:
        server.close()
        await door.shut()


async def _checked(host: str, port: int, reach: Reach, look_up: Resolve) -> list[str]:
    """The host's addresses, all of which may be reached."""
    try:
        async with asyncio.timeout(_SECONDS_MAX):
            addresses = await look_up(host, port)
    except (OSError, UnicodeError, TimeoutError) as error:
        raise DoorwayError(f"{host} is not found") from error
    problem = first_problem(addresses, reach.networks)
    if problem is not None:
        raise DoorwayError(problem, is_refused=True)
    if not addresses:
        raise DoorwayError(f"{host} has no address")
    return addresses


class Door:
    """Lets whoever has the key through to one place.

    `proxy` is its address, with the key; `visit_count` says how many have reached the place.
    """

    def __init__(self, host: str, port: int, addresses: list[str]) -> None:
        self.key = token_hex(16)
        self.proxy = ""
        self.visit_count = 0
        self._host, self._port, self._addresses = host, port, addresses
        self._visits: set[asyncio.Task[None]] = set()

    async def let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection to the door."""
        visit = asyncio.ensure_future(self._visit(reader, writer))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)
        with suppress(asyncio.CancelledError):
            await visit

    async def shut(self) -> None:
        """End all that go through."""
        for visit in list(self._visits):
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_SECONDS_MAX):
                head = await reader.readuntil(b"\r\n\r\n")
                answer = self._refusal(head)
                there = None if answer else await self._connect()
            if there is None:
                writer.write(answer or b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
                return
            await self._carry(head, (reader, writer), there)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return
        finally:
            writer.close()

    def _refusal(self, head: bytes) -> bytes:
        """The answer to whoever may not go through, and empty for who may."""
        lines = head.decode("latin-1").split("\r\n")
        method, _, rest = lines[0].partition(" ")
        target = rest.partition(" ")[0]
        wanted = b64encode(f"farthing:{self.key}".encode()).decode()
        given = [line.partition(" ")[2] for line in lines if line.lower().startswith("proxy-authorization:")]
        if not given or not compare_digest(given[0].removeprefix("Basic ").encode(), wanted.encode()):
            return b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
        if self._leads_to(method, target):
            return b""
        return b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"

    def _leads_to(self, method: str, target: str) -> bool:
        try:
            parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
            place = parts.hostname, parts.port or _PORTS["http"]
        except ValueError:
            return False
        return place == (self._host, self._port) and parts.scheme in ("", "http")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for address in self._addresses:
            with suppress(OSError):
                there = await asyncio.open_connection(address, self._port)
                self.visit_count += 1
                return there
        return None

    async def _carry(
        self,
        head: bytes,
        here: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        there: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        """Bytes both ways until either side has ended. Whatever follows goes to the same place."""
        try:
            if head.startswith(b"CONNECT "):
                here[1].write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                there[1].write(head)
            ways = [
                asyncio.ensure_future(_pass_on(here[0], there[1])),
                asyncio.ensure_future(_pass_on(there[0], here[1])),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            there[1].close()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK_BYTES):
        writer.write(chunk)
        await writer.drain()
