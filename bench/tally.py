"""The counts of one load: who was answered when, what about, how late."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from bench.answers import judge
from bench.histogram import Histogram
from bench.wire import Response

_NS_PER_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Window:
    """The measured stretch of a load, half open, in nanoseconds of the monotonic clock."""

    start_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        return (self.end_ns - self.start_ns) / _NS_PER_S

    def holds(self, at_ns: int) -> bool:
        return self.start_ns <= at_ns < self.end_ns


class Tally:
    """Counts of events for the whole run, rates and latencies for the window.

    A rate divides by the whole window, so a server that stops answering half way gets half the rate.
    """

    def __init__(self, window: Window, events_per_request: int) -> None:
        self.window = window
        self.acknowledged = 0
        self.duplicates = 0
        self.unknown = 0
        self.failures: Counter[str] = Counter()
        self.latency = Histogram()
        self.send_delay = Histogram()
        self.due_not_sent = 0
        self.reconnects = 0
        self.answers = 0
        self.answer_bytes = 0
        self._events_per_request = events_per_request
        self._answers_in_window = 0
        self._acknowledged_in_window = 0

    def sent(self, due_ns: int, sent_ns: int) -> None:
        if self.window.holds(due_ns):
            self.send_delay.record(sent_ns - due_ns)

    def answered(self, response: Response, due_ns: int, answered_ns: int) -> None:
        verdict = judge(response, self._events_per_request)
        self.answers += 1
        self.answer_bytes += len(response.body)
        self.acknowledged += verdict.acknowledged
        self.duplicates += verdict.duplicates
        self.unknown += verdict.unknown
        if verdict.failures:
            self.failures.update(verdict.failures)
        if self.window.holds(due_ns):
            self.latency.record(answered_ns - due_ns)
        if self.window.holds(answered_ns):
            self._answers_in_window += 1
            self._acknowledged_in_window += verdict.acknowledged

    def unanswered(self, why: str) -> None:
        """A request was sent and its connection ended, or the time was up, before an answer."""
        self.unknown += self._events_per_request
        self.failures[why] += self._events_per_request

    def not_connected(self) -> None:
        self.failures["could not connect"] += self._events_per_request

    def not_sent(self, due_ns: int) -> None:
        if self.window.holds(due_ns):
            self.due_not_sent += 1

    @property
    def requests_per_s(self) -> float:
        return self._answers_in_window / self.window.seconds

    @property
    def events_per_s(self) -> float:
        """Acknowledged events only."""
        return self._acknowledged_in_window / self.window.seconds
