"""The three kinds of load: closed, open, and with a fresh connection for every request."""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine
from contextlib import suppress
from time import monotonic_ns

from bench.connection import Connection
from bench.plan import LoadPlan
from bench.source import Source
from bench.tally import Tally
from bench.wire import Response

_RECONNECT_PAUSE_S = 0.05
_RETRY_PAUSE_MAX_S = 1.0
_NS_PER_S = 1_000_000_000


class Driver(ABC):
    """Sends from the moment it runs until the window's end, then waits for what is still open."""

    def __init__(self, plan: LoadPlan, source: Source, tally: Tally) -> None:
        self.plan = plan
        self.source = source
        self.tally = tally
        self._busy: set[Connection] = set()
        self._idle: deque[Connection] = deque()
        self._settled = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @abstractmethod
    def freed(self, connection: Connection) -> None:
        """`connection` can carry the next request."""

    def replace(self) -> None:
        """A connection has ended and the window has not."""
        self.tally.reconnects += 1
        self.start(self.join())

    async def run(self) -> None:
        """Returns when all is answered or the grace time is over."""
        for _ in range(self.plan.connections):
            self.start(self.join())
        await self.sending()
        await self._settle()
        for task in self._tasks:
            task.cancel()
        for connection in self._idle:
            connection.close()

    async def sending(self) -> None:
        await asyncio.sleep((self.tally.window.end_ns - monotonic_ns()) / _NS_PER_S)

    async def join(self) -> None:
        """Open a connection, trying again until the window is over, and put it to work."""
        while not self.is_over:
            connection = await self.connect()
            if connection:
                self.freed(connection)
                return

    async def connect(self) -> Connection | None:
        """None, after a pause, when nobody listens."""
        try:
            return await Connection.open(self, self.plan.host, self.plan.port)
        except OSError:
            self.tally.not_connected()
            await asyncio.sleep(_RECONNECT_PAUSE_S)
            return None

    @property
    def is_over(self) -> bool:
        return monotonic_ns() >= self.tally.window.end_ns

    def start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def send(self, connection: Connection, due_ns: int) -> None:
        self._busy.add(connection)
        connection.send(self.source.next_request(), due_ns)

    def answered(self, connection: Connection, response: Response, due_ns: int) -> None:
        self.tally.answered(response, due_ns, monotonic_ns())
        self._no_longer_busy(connection)
        if response.status == 429:
            asyncio.get_running_loop().call_later(retry_pause_s(response.retry_after), self.freed, connection)
        else:
            self.freed(connection)

    def lost(self, connection: Connection) -> None:
        """An idle connection that the server closed is no failure; one with an open request is."""
        if connection in self._busy:
            self.tally.unanswered("connection lost")
            self._no_longer_busy(connection)
        with suppress(ValueError):
            self._idle.remove(connection)
        if not self.is_over:
            self.replace()

    def _no_longer_busy(self, connection: Connection) -> None:
        self._busy.discard(connection)
        if not self._busy:
            self._settled.set()

    async def _settle(self) -> None:
        """Wait for what is open, at most the grace time; the rest counts as unanswered."""
        if self._busy:
            self._settled.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._settled.wait(), self.plan.grace_s)
        late, self._busy = self._busy, set()
        for connection in late:
            self.tally.unanswered("no answer in time")
            connection.abort()


def retry_pause_s(retry_after: bytes | None) -> float:
    """What the server asks for, at most a second so that a short run still measures; a second if unclear."""
    if retry_after is None or not retry_after.isdigit():
        return _RETRY_PAUSE_MAX_S
    return min(float(retry_after), _RETRY_PAUSE_MAX_S)


class ClosedDriver(Driver):
    """Every connection sends its next request as soon as the last is answered."""

    def freed(self, connection: Connection) -> None:
        now_ns = monotonic_ns()
        if now_ns < self.tally.window.end_ns:
            self.send(connection, now_ns)
        else:
            self._idle.append(connection)


class OpenDriver(Driver):
    """Requests fall due at a fixed rate, and wait for a free connection when there is none.

    The times come from a thread: the event loop's own timers are a millisecond coarse, as long as an answer
    takes.
    """

    def __init__(self, plan: LoadPlan, source: Source, tally: Tally) -> None:
        super().__init__(plan, source, tally)
        self._waiting: deque[int] = deque()

    async def sending(self) -> None:
        loop = asyncio.get_running_loop()
        all_due = asyncio.Event()
        pacer = threading.Thread(target=self._pace, args=(loop, all_due), daemon=True)
        pacer.start()
        await all_due.wait()
        for due_ns in self._waiting:
            self.tally.not_sent(due_ns)
        self._waiting.clear()

    def _pace(self, loop: asyncio.AbstractEventLoop, all_due: asyncio.Event) -> None:
        interval_ns = round(_NS_PER_S / self.plan.rate_per_s)
        for due_ns in range(monotonic_ns(), self.tally.window.end_ns, interval_ns):
            wait_ns = due_ns - monotonic_ns()
            if wait_ns > 0:
                time.sleep(wait_ns / _NS_PER_S)
            loop.call_soon_threadsafe(self._due, due_ns)
        wait_ns = self.tally.window.end_ns - monotonic_ns()
        time.sleep(max(wait_ns, 0) / _NS_PER_S)
        loop.call_soon_threadsafe(all_due.set)

    def _due(self, due_ns: int) -> None:
        if self._idle:
            self.send(self._idle.popleft(), due_ns)
        else:
            self._waiting.append(due_ns)

    def freed(self, connection: Connection) -> None:
        if self._waiting:
            self.send(connection, self._waiting.popleft())
        else:
            self._idle.append(connection)

    def send(self, connection: Connection, due_ns: int) -> None:
        super().send(connection, due_ns)
        self.tally.sent(due_ns, monotonic_ns())


class FreshDriver(Driver):
    """A new connection for every request; its latency begins before it connects."""

    async def join(self) -> None:
        while not self.is_over:
            due_ns = monotonic_ns()
            connection = await self.connect()
            if connection:
                self.send(connection, due_ns)
                return

    def freed(self, connection: Connection) -> None:
        connection.close()  # `lost` follows, and with it the next connection

    def replace(self) -> None:
        self.start(self.join())
