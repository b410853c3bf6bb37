"""What an answer of the server means for the lines that were sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from farthing_sdk.notes import notes
from farthing_sdk.wire import Answer, UnreachableError

if TYPE_CHECKING:
    from farthing_sdk.gate import Gate
    from farthing_sdk.wire import Wire

_TOO_LARGE = 413
_NO_PLACE = "plan_limit_reached"
_TO_BE_MENDED = frozenset({301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407})
_PASSING = frozenset({408, 425, 429})


@dataclass
class Outcome:
    """`is_settled` when the lines need not be sent again, but for those that are `kept`."""

    is_settled: bool
    kept: list[bytes] = field(default_factory=list)


class Delivery:
    """Sends lines, minds the gate, and counts."""

    def __init__(self, wire: Wire, gate: Gate, pause_seconds: float) -> None:
        self._wire, self._gate, self._pause_seconds = wire, gate, pause_seconds

    def deliver(self, lines: list[bytes]) -> Outcome:
        """Send once; twice in halves when it is too much for the server at once."""
        try:
            answer = self._wire.post(lines)
        except UnreachableError as error:
            self._gate.failed(None)
            notes.count("retried")
            notes.warn(f"the server is out of reach: {error}")
            return Outcome(is_settled=False)
        if answer.status == 200:
            return self._accepted(answer, lines)
        if answer.status == _TOO_LARGE and len(lines) > 1:
            return self._halved(lines)
        return self._refused(answer, lines)

    def close(self) -> None:
        """Close the connection."""
        self._wire.close()

    def _halved(self, lines: list[bytes]) -> Outcome:
        middle = len(lines) // 2
        outcomes = [self.deliver(lines[:middle])]
        if outcomes[0].is_settled and not self._gate.wait_seconds():
            outcomes.append(self.deliver(lines[middle:]))
        else:
            outcomes.append(Outcome(is_settled=False))
        if not outcomes[0].is_settled:
            return Outcome(is_settled=False)
        kept = outcomes[0].kept + (outcomes[1].kept if outcomes[1].is_settled else lines[middle:])
        return Outcome(is_settled=True, kept=kept)

    def _accepted(self, answer: Answer, lines: list[bytes]) -> Outcome:
        """Each line for itself: stored, known already, refused for good, or without a place in the plan."""
        told = answer.told()
        self._gate.succeeded()
        kept: list[bytes] = []
        refused = [each for each in told.get("results") or () if not each.get("ok", True)]
        for each in refused:
            index = each.get("index")
            if each.get("reason") == _NO_PLACE and isinstance(index, int) and index < len(lines):
                kept.append(lines[index])
            else:
                notes.count("refused")
                notes.warn(f"the server refused an event: {str(each.get('message'))[:200]}")
        duplicate_count = int(told.get("duplicates") or 0)
        notes.count("duplicates", duplicate_count)
        notes.count("sent", len(lines) - len(refused))
        if kept or told.get("telemetryPaused") is True:
            self._pause(answer, "the plan of the workspace has no request left")
        return Outcome(is_settled=True, kept=kept)

    def _refused(self, answer: Answer, lines: list[bytes]) -> Outcome:
        told = answer.told()
        why = f"{answer.status} {told.get('reason') or ''}: {str(told.get('message') or '')[:200]}"
        if answer.status >= 500 or answer.status in _PASSING:
            self._gate.failed(answer.retry_after_seconds())
            notes.count("retried")
            notes.warn(f"the server asks to come back later: {why}")
            return Outcome(is_settled=False)
        if answer.status in _TO_BE_MENDED or told.get("telemetryPaused") is True:
            self._pause(answer, why)
            return Outcome(is_settled=False)
        notes.count("refused", len(lines))
        notes.warn(f"the server refused {len(lines)} events: {why}")
        self._gate.succeeded()
        return Outcome(is_settled=True)

    def _pause(self, answer: Answer, why: str) -> None:
        self._gate.paused(self._pause_seconds, answer.retry_after_seconds())
        notes.count("paused")
        notes.warn(f"sending is paused for {self._gate.wait_seconds():.0f} s: {why}")
