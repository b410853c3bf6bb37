"""From an event to the thread that sends it: started when needed, anew after a fork, drained at the end."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

from farthing_sdk.delivery import Delivery
from farthing_sdk.gate import Gate
from farthing_sdk.notes import begin_anew, note_failure, notes, swallowed
from farthing_sdk.spool import spool_or_none
from farthing_sdk.waiting import EventQueue, Marker, MemoryStore
from farthing_sdk.wire import Wire
from farthing_sdk.worker import Worker

if TYPE_CHECKING:
    from farthing_sdk.event import Event
    from farthing_sdk.settings import Settings
    from farthing_sdk.waiting import Store


@dataclass(frozen=True)
class Stats:
    """What became of the events of this process, since it began or was forked."""

    sent: int
    """Stored by the server, or known to it already."""
    duplicates: int
    """Of these, known already."""
    refused: int
    """Refused by the server for good; the log says why."""
    retried: int
    """Batches that will be, or were, sent again."""
    dropped: dict[str, int]
    """Lost, by reason: `queue_full`, `spool_full`, `exit`, `unreadable`."""
    failed: dict[str, int]
    """Faults of the SDK's own, by what it was doing. None of them reached the application."""
    queued: int
    spooled_bytes: int
    is_paused: bool
    last_error: str | None


class Reporter:
    """Takes events of this process. `report` is all that callers pay for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.is_on = settings.is_on
        self._begin()
        _alive.add(self)

    def _begin(self) -> None:
        """Everything that a process has for itself."""
        settings = self.settings
        self._queue = EventQueue(settings.queue_events_max)
        self._gate = Gate()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._worker: Worker | None = None
        if self.is_on:
            wire = Wire(settings.base_url or "", settings.api_key or "", settings.timeout_seconds)
            defaults = {"environment": settings.environment, "dataMode": settings.data_mode}
            self._worker = Worker(
                self._queue,
                self._store,
                Delivery(wire, self._gate, settings.pause_seconds),
                self._gate,
                {name: value for name, value in defaults.items() if value},
            )
            self._worker.linger_seconds = settings.linger_seconds

    def _store(self) -> Store:
        settings = self.settings
        if settings.spool_dir:
            sent_to = f"{settings.base_url}\n{settings.api_key}"
            spool = spool_or_none(
                settings.spool_dir, sent_to, settings.spool_bytes_max, settings.batch_events_max
            )
            if spool is not None:
                return spool
        return MemoryStore(settings.batch_events_max)

    def report(self, event: Event) -> bool:
        """Take the event, without waiting for anything; whether there was room for it."""
        if self._thread is None:
            self.start()
        if self._is_closed or not self._queue.put(event):
            notes.count("dropped.closed" if self._is_closed else "dropped.queue_full")
            if not self._is_closed:
                notes.warn("events are lost: the queue is full")
            return False
        return True

    def is_full(self) -> bool:
        """Whether the next event would be lost."""
        return self.is_on and not self._is_closed and len(self._queue) >= self.settings.queue_events_max

    def start(self) -> None:
        """Begin to send, unless that was done."""
        if self._worker is None or not self._starting.acquire(blocking=False):
            return
        try:
            thread = threading.Thread(target=self._worker.run, name="farthing-sdk", daemon=True)
            thread.start()
            self._thread = thread
            _end_with_multiprocessing()
        except RuntimeError as error:  # the interpreter ends, or there are too many threads
            note_failure("thread", error)
            self._starting.release()

    def flush(self, seconds: float) -> bool:
        """Whether all that was reported before has been settled within that time."""
        if self._worker is None or self._is_closed or self._thread is None:
            return not len(self._queue)
        marker = Marker()
        self._queue.mark(marker)
        self._worker.hurry()
        return marker.reached.wait(seconds)

    def close(self, seconds: float) -> None:
        """Send what is left within that time, and end."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._worker is None:
            return
        self._worker.end(seconds)
        if self._thread is not None:
            self._thread.join(seconds + 0.5)
        elif len(self._queue) > 1:
            self._worker.run()

    def stats(self) -> Stats:
        """As of now."""
        return Stats(
            sent=notes.counted("sent"),
            duplicates=notes.counted("duplicates"),
            refused=notes.counted("refused"),
            retried=notes.counted("retried"),
            dropped=notes.counted_under("dropped."),
            failed=notes.counted_under("failed."),
            queued=len(self._queue),
            spooled_bytes=0 if self._worker is None else self._worker.byte_count(),
            is_paused=self._gate.is_paused and self._gate.wait_seconds() > 0,
            last_error=notes.last_error,
        )

    def after_fork(self) -> None:
        """In the child: the parent sends what the parent's calls have reported."""
        was_closed, worker = self._is_closed, self._worker
        if worker is not None:
            worker.abandon()
        self._begin()
        self._is_closed = was_closed


_alive: weakref.WeakSet[Reporter] = weakref.WeakSet()


def _in_child() -> None:
    begin_anew()
    for reporter in list(_alive):
        with swallowed("fork"):
            reporter.after_fork()


def _at_exit() -> None:
    for reporter in list(_alive):
        with swallowed("exit"):
            reporter.close(reporter.settings.exit_seconds)


def _end_with_multiprocessing() -> None:
    """Its children end without the handlers of `atexit`, but not without its own."""
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is not None and multiprocessing.parent_process() is not None:
        from multiprocessing.util import Finalize  # noqa: PLC0415 - only where it is in use

        Finalize(None, _at_exit, exitpriority=-100)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
atexit.register(_at_exit)
