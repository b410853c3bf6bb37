"""A steady load: calls that are due one after another, whatever became of those before."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from farthing.clock import SystemClock

RATE_PER_S: Final = 200
_CONNECTIONS: Final = 12
"""For each server."""
_PATH: Final = "/v1/ingest/llm-request"


@dataclass(frozen=True)
class Sent:
    """A call that was answered; times are UTC milliseconds by the clock that servers have too."""

    key: str
    port: int
    external_request_id: str
    began_at: int
    ended_at: int
    status: int
    warnings: tuple[str, ...]


class SteadyLoad:
    """Sends RATE_PER_S calls a second to servers in turn. `choose` gives the key of the n-th call.

    `sent` grows as calls are answered. A connection that breaks or an answer that does not come is an error.
    """

    def __init__(self, ports: list[int], choose: Callable[[int], str]) -> None:
        self.sent: list[Sent] = []
        self._ports = ports
        self._choose = choose
        self._numbers: Iterator[int] = count()
        self._clock = SystemClock()
        self._workers: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to send."""
        self._began = asyncio.get_running_loop().time()
        ports = self._ports * _CONNECTIONS
        self._workers = [asyncio.create_task(self._work(port)) for port in ports]

    async def stop(self) -> None:
        """Send no more, and raise what went wrong."""
        self._numbers = iter(())
        await asyncio.gather(*self._workers)

    async def _work(self, port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (number := next(self._numbers, None)) is not None:
            due = self._began + number / RATE_PER_S
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            self.sent.append(await self._send(number, port, reader, writer))
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _send(
        self, number: int, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Sent:
        key, identity = self._choose(number), f"call_{number}"
        body = json.dumps(_call(identity)).encode()
        head = f"POST {_PATH} HTTP/1.1\r\nHost: h\r\nX-API-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
        began_at = self._clock.now()
        writer.write(head.encode() + body)
        status, answer = await asyncio.wait_for(_answer(reader), 20)
        warnings = tuple(answer.get("warnings", ()))
        return Sent(key, port, identity, began_at, self._clock.now(), status, warnings)


def _call(identity: str) -> dict[str, Any]:
    return {
        "externalRequestId": identity,
        "provider": "openai",
        "model": "gpt-4o-mini",
        "inputTokens": 100,
        "outputTokens": 10,
        "status": "success",
    }


async def _answer(reader: asyncio.StreamReader) -> tuple[int, Any]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next(line for line in head.lower().split("\r\n") if line.startswith("content-length:"))
    body = await reader.readexactly(int(length.partition(":")[2]))
    return int(head.split(" ")[1]), json.loads(body)
