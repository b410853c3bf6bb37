"""One server process: listen, serve, and on SIGTERM finish what is under way before the storage closes."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import structlog
import uvicorn
import uvloop

from farthing.actions.parts import Parts
from farthing.app import door
from farthing.assembly import build_parts, running, served_alone
from farthing.bounded import Bounds, bounded
from farthing.clock import SystemClock
from farthing.jobs.beside import beside_serving
from farthing.settings import Settings

log = structlog.get_logger(__name__)

_BACKLOG: Final = 2_048
_KEEP_ALIVE_S: Final = 75
"""Longer than the clients and balancers in use, which then never write into a closing connection."""
_DRAIN_S: Final = 10
"""How long requests under way may take to end before their connections are cut."""
SWITCH_S: Final = 0.0001
"""How long Python may let one thread run while another waits; 5 ms by itself."""


class PortUnusableError(Exception):
    """The server can't listen where it was told to; the message says why."""


Announce = Callable[[str, bool], None]
Prepare = Callable[[Parts], Awaitable[None]]


def serve(settings: Settings, announce: Announce, prepare: Prepare | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    `announce` is called once, when requests are answered, with the URL and whether anybody is set up yet.
    `prepare` may work with the parts before that. Raises StorageError and PortUnusableError before anything
    is served.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, announce, prepare))


async def _serve(settings: Settings, announce: Announce, prepare: Prepare | None) -> None:
    parts = build_parts(settings, SystemClock())
    with _listening(settings) as listener, served_alone(settings):
        async with running(parts), beside_serving(parts):
            if prepare is not None:
                await prepare(parts)
            await _Server(parts, listener, announce).serve(sockets=[listener])


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
        except OSError as error:
            where = f"{settings.host} port {settings.port}"
            raise PortUnusableError(f"can't listen on {where}: {error.strerror or error}") from error
        yield listener


class _Server(uvicorn.Server):
    """uvicorn, with an announcement, a quiet garbage collector, and a stop that leaves the rest to us."""

    def __init__(self, parts: Parts, listener: socket.socket, announce: Announce) -> None:
        super().__init__(_config(parts))
        self._parts = parts
        self._listener = listener
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            _share_the_lock()
            _quiet_collector()
            self._announce(_url(self._listener), await self._parts.storage.has_accounts())

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Say that we leave, go on for a while, and stop. Whoever asks again waits for nothing."""
        presence = self._parts.presence
        seconds = self._parts.settings.drain_s() if sig == signal.SIGTERM else 0
        if presence.is_leaving or seconds == 0:
            presence.is_leaving = True
            super().handle_exit(sig, frame)
            return
        presence.is_leaving = True
        log.info("leaving", drain_seconds=seconds)
        asyncio.get_running_loop().call_later(seconds, super().handle_exit, sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Without this, uvicorn raises the signal again once it has stopped: before the storage closes."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def _config(parts: Parts) -> uvicorn.Config:
    proxies = parts.settings.trusted_proxies
    return uvicorn.Config(
        door(parts),
        http=bounded(_bounds(parts.settings)),
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=_KEEP_ALIVE_S,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies or None,
        timeout_graceful_shutdown=_DRAIN_S,
    )


def _bounds(settings: Settings) -> Bounds:
    return Bounds(
        address_bytes_max=settings.address_bytes_max,
        head_bytes_max=settings.head_bytes_max,
        head_seconds_max=settings.head_seconds_max,
        body_seconds_max=settings.body_seconds_max,
    )


def _share_the_lock() -> None:
    """Let threads that store and fold have Python's lock soon.

    They ask for it each time they come back from SQLite, which is often, and with Python's own 5 ms folding
    went on only while the event loop slept.
    """
    sys.setswitchinterval(SWITCH_S)


def _quiet_collector() -> None:
    """What lives now lives for good: full collections over it made most of the slowest 1 % of answers."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
