"""Where events wait: first in a queue that callers never wait for, then in a batch that is being sent."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from farthing_sdk.event import Event


@dataclass
class Marker:
    """Set when all that was put before it has been settled."""

    reached: threading.Event = field(default_factory=threading.Event)


@dataclass
class Batch:
    """Lines that travel together. `own_count` are those of this process; `place` is the store's business."""

    lines: list[bytes]
    own_count: int
    place: Any = None


class Store(Protocol):
    """Holds events between the queue and the server."""

    is_lasting: bool
    """Whether what it holds outlives the process."""

    def room(self) -> int:
        """How many events it takes now, at least."""

    def add(self, lines: list[bytes]) -> int:
        """Take lines; how many of the first it has taken."""

    def next(self) -> Batch | None:
        """What is to be sent next; the same until it is done."""

    def done(self, batch: Batch) -> None:
        """Forget a batch."""

    def byte_count(self) -> int:
        """Of what lasts."""

    def close(self) -> None:
        """Leave what is left to others."""

    def abandon(self) -> None:
        """In a child after a fork: let go of what is the parent's, and change nothing of it."""


class EventQueue:
    """Bounded, without a lock that a caller could wait for: SimpleQueue may be used in signal handlers."""

    def __init__(self, events_max: int) -> None:
        self._queue: SimpleQueue[Event | Marker] = SimpleQueue()
        self._events_max = events_max

    def put(self, event: Event) -> bool:
        """Whether there was room."""
        if self._queue.qsize() >= self._events_max:
            return False
        self._queue.put(event)
        return True

    def mark(self, marker: Marker) -> None:
        """Put a marker, room or not."""
        self._queue.put(marker)

    def get(self, seconds: float | None) -> Event | Marker | None:
        """The next one, or None when none came in time. None as time is for ever, 0 is not at all."""
        try:
            return self._queue.get(block=seconds != 0, timeout=seconds or None)
        except Empty:
            return None

    def __len__(self) -> int:
        return self._queue.qsize()


class MemoryStore:
    """One batch. What does not fit waits in the queue, which is bounded."""

    is_lasting = False

    def __init__(self, batch_events_max: int) -> None:
        self._batch_events_max = batch_events_max
        self._lines: list[bytes] = []
        self._sent: Batch | None = None

    def room(self) -> int:
        return self._batch_events_max - len(self._lines)

    def add(self, lines: list[bytes]) -> int:
        self._lines += lines
        return len(lines)

    def next(self) -> Batch | None:
        if self._sent is None and self._lines:
            self._sent, self._lines = Batch(self._lines, len(self._lines)), []
        return self._sent

    def done(self, batch: Batch) -> None:
        if batch is self._sent:
            self._sent = None

    def byte_count(self) -> int:
        return 0

    def close(self) -> None:
        return None

    def abandon(self) -> None:
        return None
