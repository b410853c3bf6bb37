"""A node in simulated time: connections, event loop, bounded queue, group commit, and folding behind it.

Discrete events, and no clock, no socket, no randomness: the same costs and load give the same answer. The
parts are those of the server (ledger/writer.py, storage/sqlite/storage.py), and so are their constants:

- **event loop**: one thread that works through what is ready in order: reading a request, inserting a
  group, sending an answer. Waking it costs extra.
- **queue**: bounded by events; a request that does not fit is answered 429, tried again a second later.
- **writer**: takes what waits, up to 2,000 events, inserts it on the loop and commits in a thread; then it
  folds, when enough has come, before the next group.
- **threads** need Python's lock. They get it when the loop is idle, or after the 0.1 ms that
  the server grants.
- **generator**: a core of its own; each request costs it a little.

Times are seconds, sizes events. A `stretch` of 1.3 says that a thread had to wait for a core 0.3 s for
each second it used one; it is measured with the load, not simulated.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import msgspec

GROUP_EVENTS_MAX: Final = 2_000
FOLD_EVENTS_MIN: Final = 250
FOLD_EVENTS_MAX: Final = 8_000
FOLD_GROUPS: Final = 4
IDLE_S: Final = 0.25
SWITCH_S: Final = 0.0001
"""How long Python lets one thread run while another waits for its lock."""
RETRY_S: Final = 1.0
_SLICE_S: Final = SWITCH_S
"""Long work on the loop is cut into such pieces, between which a thread may get the lock."""

Action = Callable[[], None]


class Linear(msgspec.Struct, frozen=True):
    """Seconds of something for `n` events together: `fixed_s + per_event_s * n`."""

    fixed_s: float
    per_event_s: float

    def of(self, events: int) -> float:
        return self.fixed_s + self.per_event_s * events


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """What one node needs for each of its steps. All but `commit_wait` is processor time."""

    request: Linear
    """Loop: reading, understanding and pricing a request."""
    answer: Linear
    """Loop: sending the answer."""
    insert: Linear
    """Loop: a group's transaction up to its commit."""
    commit: Linear
    """Thread: the commit of a group."""
    commit_wait: Linear
    """Nobody's processor: the disk."""
    fold: Linear
    """Thread: a fold."""
    fold_lock_share: float
    """Of a fold, the share that holds Python's lock, in which the loop stands still."""
    fold_handovers: int
    """How often a fold asks for that lock."""
    wake_s: float
    """Loop: each time it has slept."""
    generator: Linear
    """Generator: a request and its answer."""


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent. Without a rate each connection sends as soon as it is answered (closed)."""

    connections: int
    events_per_request: int = 1
    rate_per_s: float = 0.0
    """Requests due a second (open); they wait for a free connection."""
    seconds: float = 3.0
    warmup_s: float = 0.5
    queue_events_max: int = 20_000
    loop_stretch: float = 1.0
    thread_stretch: float = 1.0
    generator_stretch: float = 1.0


@dataclass
class Simulated:
    """What came of a load; `latencies_s` of requests due after the warm-up, all else of the whole run."""

    seconds: float
    offered: int = 0
    acknowledged: int = 0
    refused: int = 0
    requests: int = 0
    commits: int = 0
    folds: int = 0
    loop_cpu_s: float = 0.0
    thread_cpu_s: float = 0.0
    ended_s: float = 0.0
    in_flight_area: float = 0.0
    """Requests times seconds: divided by `ended_s`, the mean number under way."""
    time_under_way_s: float = 0.0
    """All requests' times together."""
    queue_most: int = 0
    acknowledged_in_window: int = 0
    latencies_s: list[float] = field(default_factory=list)

    @property
    def events_per_s(self) -> float:
        return self.acknowledged_in_window / self.seconds

    @property
    def events_per_commit(self) -> float:
        return self.acknowledged / max(self.commits, 1)

    def latency_ms(self, share: float) -> float:
        """The nearest-rank percentile; NaN when nothing was answered."""
        if not self.latencies_s:
            return math.nan
        ranked = sorted(self.latencies_s)
        return ranked[max(math.ceil(share * len(ranked)) - 1, 0)] * 1e3


class Timeline:
    """Events in the order of their times, and in the order of their making where those are equal."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, int, Action]] = []
        self._made = 0

    def after(self, seconds: float, action: Action) -> None:
        self._made += 1
        heapq.heappush(self._due, (self.now + seconds, self._made, action))

    def run(self) -> None:
        while self._due:
            self.now, _, action = heapq.heappop(self._due)
            action()


class Loop:
    """The event loop's thread, and Python's lock, which others have to ask it for."""

    def __init__(self, timeline: Timeline, wake_s: float, stretch: float) -> None:
        self.cpu_s = 0.0
        self._timeline = timeline
        self._wake_s = wake_s
        self._stretch = stretch
        self._ready: deque[tuple[float, Action]] = deque()
        self._asking: deque[tuple[float, float, Action]] = deque()
        self._is_held = False

    def put(self, cost_s: float, action: Action) -> None:
        """Work behind everything that is ready."""
        is_asleep = not self._is_held and not self._ready
        self._ready.append((cost_s + (self._wake_s if is_asleep else 0.0), action))
        self._go_on()

    def put_first(self, cost_s: float, action: Action) -> None:
        """Work that goes on with what is being done."""
        self._ready.appendleft((cost_s, action))
        self._go_on()

    def ask(self, hold_s: float, action: Action) -> None:
        """A thread asks for the lock, for so long; `action` follows when it lets go."""
        self._asking.append((self._timeline.now, hold_s, action))
        self._go_on()

    def _go_on(self) -> None:
        if self._is_held:
            return
        if self._asking and (not self._ready or self._timeline.now >= self._asking[0][0] + SWITCH_S):
            _, hold_s, action = self._asking.popleft()
            self._hold(hold_s, action, is_loop=False)
        elif self._ready:
            cost_s, action = self._ready.popleft()
            piece_s = min(cost_s, _SLICE_S)
            self.cpu_s += piece_s
            if piece_s < cost_s:
                rest_s = cost_s - piece_s
                self._hold(piece_s * self._stretch, lambda: self._ready.appendleft((rest_s, action)))
            else:
                self._hold(piece_s * self._stretch, action)

    def _hold(self, seconds: float, action: Action, *, is_loop: bool = True) -> None:
        self._is_held = True

        def done() -> None:
            self._is_held = is_loop  # what a thread hands over may wake the loop, what the loop does may not
            action()
            self._is_held = self._is_held and not is_loop
            self._go_on()

        self._timeline.after(seconds, done)


class Node:
    """The server: what becomes of a request, and the writer."""

    def __init__(self, timeline: Timeline, costs: Costs, load: Load, found: Simulated) -> None:
        self.loop = Loop(timeline, costs.wake_s, load.loop_stretch)
        self._timeline = timeline
        self._costs = costs
        self._load = load
        self._found = found
        self._queue: deque[Action] = deque()
        self._is_writing = False
        self._unfolded = 0
        self._fold_size = FOLD_EVENTS_MIN
        self._idle_turn = 0

    def receive(self, reply: Callable[[bool], None]) -> None:
        """A request has come; `reply(True)` when it is stored, `reply(False)` for a 429."""
        cost_s = self._costs.request.of(self._load.events_per_request)
        self.loop.put(cost_s, lambda: self._understood(reply))

    def _understood(self, reply: Callable[[bool], None]) -> None:
        size = self._load.events_per_request
        if (len(self._queue) + 1) * size > self._load.queue_events_max:
            self.loop.put(self._costs.answer.of(0), lambda: reply(False))
            return
        self._queue.append(lambda: reply(True))
        self._found.queue_most = max(self._found.queue_most, len(self._queue) * size)
        if not self._is_writing:
            self._is_writing = True
            self.loop.put(0.0, self._write)

    def _write(self) -> None:
        """The writer's next group, or its rest."""
        if not self._queue:
            self._rest()
            return
        size = self._load.events_per_request
        group = [
            self._queue.popleft() for _ in range(min(len(self._queue), max(GROUP_EVENTS_MAX // size, 1)))
        ]
        events = len(group) * size
        self.loop.put_first(self._costs.insert.of(events), lambda: self._commit(group, events))

    def _commit(self, group: list[Action], events: int) -> None:
        cpu_s = self._costs.commit.of(events)
        took_s = cpu_s * self._load.thread_stretch + self._costs.commit_wait.of(events)
        self._found.thread_cpu_s += cpu_s
        self._found.commits += 1

        def ended() -> None:
            self.loop.ask(0.0, lambda: self.loop.put(0.0, lambda: self._committed(group)))

        self.loop.ask(0.0, lambda: self._timeline.after(took_s, ended))

    def _committed(self, group: list[Action]) -> None:
        size = self._load.events_per_request
        for reply in group:
            self.loop.put(self._costs.answer.of(size), reply)
        events = len(group) * size
        self._unfolded += events
        self._fold_size = min(max(FOLD_EVENTS_MIN, FOLD_GROUPS * events), FOLD_EVENTS_MAX)
        self._fold() if self._unfolded >= self._fold_size else self._write()

    def _rest(self) -> None:
        """Nothing waits: fold what there is, a moment later, if nothing has come by then."""
        self._is_writing = False
        self._idle_turn += 1
        turn = self._idle_turn

        def still_idle() -> None:
            if turn == self._idle_turn and not self._is_writing and self._unfolded:
                self._is_writing = True
                self._fold()

        if self._unfolded:
            self._timeline.after(IDLE_S, still_idle)

    def _fold(self) -> None:
        events = min(self._unfolded, self._fold_size)
        self._unfolded -= events
        cpu_s = self._costs.fold.of(events)
        self._found.thread_cpu_s += cpu_s
        self._found.folds += 1
        steps = max(self._costs.fold_handovers, 1)
        held_s = cpu_s * self._costs.fold_lock_share / steps * self._load.thread_stretch
        alone_s = cpu_s * (1 - self._costs.fold_lock_share) / steps * self._load.thread_stretch
        self._fold_step(steps, alone_s, held_s)

    def _fold_step(self, left: int, alone_s: float, held_s: float) -> None:
        if not left:
            self.loop.put(0.0, self._write)
            return
        self._timeline.after(
            alone_s, lambda: self.loop.ask(held_s, lambda: self._fold_step(left - 1, alone_s, held_s))
        )


class Generator:
    """Whoever sends: one core, some connections."""

    def __init__(self, timeline: Timeline, costs: Costs, load: Load, found: Simulated, node: Node) -> None:
        self._timeline = timeline
        self._load = load
        self._found = found
        self._node = node
        self._cost_s = costs.generator.of(load.events_per_request) * load.generator_stretch
        self._free_at = 0.0
        self._idle = 0
        self._due: deque[float] = deque()
        self._under_way = 0
        self._changed_at = 0.0
        self._end_s = load.warmup_s + load.seconds

    def start(self) -> None:
        if self._load.rate_per_s:
            self._idle = self._load.connections
            for number in range(math.floor(self._end_s * self._load.rate_per_s)):
                self._timeline.after(number / self._load.rate_per_s, self._fell_due)
        else:
            for _ in range(self._load.connections):
                self._work(lambda: self._send(self._timeline.now))

    def _work(self, action: Action) -> None:
        """Half of a request's cost before it is sent would only shift times; all of it follows the answer."""
        self._free_at = max(self._free_at, self._timeline.now) + self._cost_s
        self._timeline.after(self._free_at - self._timeline.now, action)

    def _fell_due(self) -> None:
        if self._idle:
            self._idle -= 1
            self._send(self._timeline.now)
        else:
            self._due.append(self._timeline.now)

    def _send(self, due_s: float) -> None:
        self._found.offered += self._load.events_per_request
        self._found.requests += 1
        self._count(1)
        began_s = self._timeline.now
        self._node.receive(
            lambda is_stored: self._work(lambda: self._answered(due_s, began_s, is_stored=is_stored))
        )

    def _answered(self, due_s: float, began_s: float, *, is_stored: bool) -> None:
        now, size, found = self._timeline.now, self._load.events_per_request, self._found
        self._count(-1)
        found.time_under_way_s += now - began_s
        if due_s >= self._load.warmup_s:
            found.latencies_s.append(now - due_s)
        if is_stored:
            found.acknowledged += size
            found.acknowledged_in_window += size if self._load.warmup_s <= now < self._end_s else 0
            self._freed()
        else:
            found.refused += size
            self._timeline.after(RETRY_S, self._freed)

    def _freed(self) -> None:
        if self._due:
            self._send(self._due.popleft())
        elif self._load.rate_per_s:
            self._idle += 1
        elif self._timeline.now < self._end_s:
            self._send(self._timeline.now)

    def _count(self, change: int) -> None:
        now = self._timeline.now
        self._found.in_flight_area += self._under_way * (now - self._changed_at)
        self._found.ended_s = self._changed_at = now
        self._under_way += change


def simulate(costs: Costs, load: Load) -> Simulated:
    """Send for the warm-up and the seconds of `load`, then wait until all is answered."""
    timeline, found = Timeline(), Simulated(load.seconds)
    node = Node(timeline, costs, load, found)
    Generator(timeline, costs, load, found, node).start()
    timeline.run()
    found.loop_cpu_s = node.loop.cpu_s
    return found
