"""The cheapest server there is: reads ingest requests, keeps nothing, says yes.

What the load generator reaches against it is the most it can ever show: a real server far below that is
measured, one close to it is not.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

import httptools
import uvloop

from bench.wire import response_bytes

_SINGLE = response_bytes(200, b'{"ok":true,"duplicate":false,"requestId":"' + b"0" * 32 + b'","warnings":[]}')


def batch_answer(events: int) -> bytes:
    return response_bytes(200, b'{"ok":true,"accepted":%d,"duplicates":0,"refused":0,"results":[]}' % events)


class Responder(asyncio.Protocol):
    """Answers each request at once; a batch as if all of its events were new."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, part: bytes) -> None:
        self._parts.append(part)

    def on_message_complete(self) -> None:
        events = b"".join(self._parts).count(b'"externalRequestId"')
        self._parts.clear()
        assert self._transport is not None
        self._transport.write(_SINGLE if events == 1 else batch_answer(events))
        if not self._parser.should_keep_alive():
            self._transport.close()


async def serve(port: int) -> None:
    """Listen on loopback until cancelled; prints the port it got."""
    server = await asyncio.get_running_loop().create_server(Responder, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
