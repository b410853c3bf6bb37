"""The thread in the background: takes events from the queue, keeps them, sends them."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Callable

from farthing_sdk.event import line_of
from farthing_sdk.notes import note_failure, notes
from farthing_sdk.waiting import Marker

if TYPE_CHECKING:
    from farthing_sdk.delivery import Delivery
    from farthing_sdk.event import Event
    from farthing_sdk.gate import Gate
    from farthing_sdk.waiting import Batch, EventQueue, Store

_HURRIED_SECONDS = 0.2
_LOOK_SECONDS = 30.0
_IDLE_SECONDS = 3600.0


class Worker:
    """Runs until it is told to end, and then until all is sent or the time is up.

    Everything here is done by one thread, but for `hurry`, `end` and `byte_count`.
    """

    def __init__(
        self,
        queue: EventQueue,
        make_store: Callable[[], Store],
        delivery: Delivery,
        gate: Gate,
        defaults: dict[str, Any],
    ) -> None:
        self._queue, self._make_store = queue, make_store
        self._delivery, self._gate, self._defaults = delivery, gate, defaults
        self.linger_seconds = 0.0
        self._hurry = threading.Event()
        self._ends_at: float | None = None
        self._held: Event | Marker | None = None
        self._homeless: list[bytes] = []
        self._markers: list[tuple[int, Marker]] = []
        self._added_count = self._settled_count = 0
        self._made: Store | None = None

    def hurry(self) -> None:
        """Somebody waits: linger no longer."""
        self._hurry.set()

    def end(self, seconds: float) -> None:
        """Send what there is within that time, and end."""
        self._ends_at = time.monotonic() + seconds
        self._queue.mark(Marker())
        self._hurry.set()

    def byte_count(self) -> int:
        """What lies on disk."""
        return 0 if self._made is None else self._made.byte_count()

    def abandon(self) -> None:
        """In a child after a fork: leave to the parent what is the parent's."""
        if self._made is not None:
            self._made.abandon()

    def run(self) -> None:
        """The thread's work. A defect costs a round and never the thread."""
        while True:
            try:
                if self._round():
                    break
            except Exception as error:  # noqa: BLE001 - it has to go on
                note_failure("sending", error)
                time.sleep(_HURRIED_SECONDS)
                if self._ends_at is not None and time.monotonic() >= self._ends_at:
                    break
        self._leave()

    @property
    def _store(self) -> Store:
        if self._made is None:
            self._made = self._make_store()
        return self._made

    def _round(self) -> bool:
        """Whether that was the last one."""
        if self._ends_at is None:
            self._wait()
        self._hurry.clear()
        self._take()
        self._send()
        return self._ends_at is not None and self._is_over(self._ends_at)

    def _wait(self) -> None:
        """For an event or for the gate; then, for others to travel with."""
        gate_seconds = self._gate.wait_seconds()
        if self._held is None and not self._homeless:
            has_more = self._store.next() is not None
            idle = _LOOK_SECONDS if self._store.is_lasting else _IDLE_SECONDS
            self._held = self._queue.get(gate_seconds if has_more else idle)
            gate_seconds = 0.0
        if self._held is not None and not isinstance(self._held, Marker):
            self._hurry.wait(max(self.linger_seconds, min(gate_seconds, 1.0)))

    def _take(self) -> None:
        """From the queue to the store, as far as there is room. A marker waits for what came before it."""
        self._keep(self._homeless)
        is_full = True
        while is_full and not self._homeless:
            room = self._store.room()
            lines = self._lines(room)
            self._added_count += len(lines)
            self._keep(lines)
            is_full = bool(lines) and len(lines) == room and self._store.is_lasting
            if isinstance(self._held, Marker):
                self._markers.append((self._added_count, self._held))
                self._held, is_full = None, True
                self._settle(0)

    def _lines(self, count_max: int) -> list[bytes]:
        """The next events up to a marker, which is held."""
        lines: list[bytes] = []
        while len(lines) < count_max:
            one, self._held = self._held or self._queue.get(0), None
            if one is None:
                break
            if isinstance(one, Marker):
                self._held = one
                break
            try:
                lines.append(line_of(one, self._defaults))
            except Exception as error:  # noqa: BLE001 - one event, not all of them
                note_failure("encoding", error)
                notes.count("dropped.unreadable")
        return lines

    def _keep(self, lines: list[bytes]) -> None:
        taken = self._store.add(lines) if lines else 0
        self._homeless = lines[taken:]

    def _send(self) -> None:
        while not self._gate.wait_seconds():
            batch = self._store.next()
            if batch is None:
                if not self._homeless:
                    return
                self._send_homeless()
            else:
                outcome = self._delivery.deliver(batch.lines)
                if outcome.is_settled:
                    self._put_back(outcome.kept, batch)
            self._take()

    def _send_homeless(self) -> None:
        """What the disk did not take goes as it is."""
        outcome = self._delivery.deliver(self._homeless)
        if outcome.is_settled:
            count, self._homeless = len(self._homeless), outcome.kept
            self._settle(count - len(outcome.kept))

    def _put_back(self, kept: list[bytes], batch: Batch) -> None:
        """What the plan has no place for waits again, behind the others."""
        self._store.done(batch)
        taken = self._store.add(kept) if kept else 0
        if taken < len(kept):
            notes.count("dropped.spool_full", len(kept) - taken)
        self._settle(batch.own_count - (taken if batch.own_count else 0))

    def _settle(self, count: int) -> None:
        self._settled_count += count
        reached = [marker for at, marker in self._markers if at <= self._settled_count]
        self._markers = [(at, marker) for at, marker in self._markers if at > self._settled_count]
        for marker in reached:
            marker.reached.set()

    def _is_over(self, ends_at: float) -> bool:
        is_stored = self._held is None and not self._homeless and not len(self._queue)
        if (is_stored and self._store.next() is None) or time.monotonic() >= ends_at:
            return True
        wait = self._gate.wait_seconds()
        if wait and (
            self._gate.is_paused or (self._store.is_lasting and (is_stored or not self._store.room()))
        ):
            return True
        self._gate.hurry(_HURRIED_SECONDS)
        time.sleep(max(0.0, min(self._gate.wait_seconds(), ends_at - time.monotonic())))
        return False

    def _leave(self) -> None:
        left = len(self._homeless) + len(self._queue) + (self._held is not None)
        if not self._store.is_lasting:
            left += self._added_count - self._settled_count - len(self._homeless)
        if left > 0:
            notes.count("dropped.exit", left)
            notes.warn(f"{left} events are lost: the process ended before the server took them")
        self._store.close()
        self._delivery.close()
