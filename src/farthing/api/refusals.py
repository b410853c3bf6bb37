"""What ingest refuses, in the log: one line a minute for each key and reason, with how many there were.

Whoever is refused sends again, often many times a second (contract 5): a line each would bury all others, and
fill the pipe of an operator who looks elsewhere.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, Final

import structlog

from farthing.api.errors import ErrorReply
from farthing.clock import Clock
from farthing.rules.periods import MINUTE_MS

_SENDERS_MAX: Final = 1_000
_READABLE: Final = re.compile(rb"(fk_live_[a-z0-9]{8})_")
"""The part of a key that people are shown in lists; the secret comes after it."""
_log = structlog.get_logger("farthing.api")


class RefusalLog:
    """Refusals by the readable part of the key and the reason; of too many, the oldest are forgotten."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: OrderedDict[tuple[str, str | None], tuple[int, int]] = OrderedDict()

    def note(self, scope: dict[str, Any], reply: ErrorReply) -> None:
        """Tell of a refusal, or count it for the next line. `before` are those since the line before."""
        named = key_name(scope), reply.answer.reason
        now = self._clock.now()
        told_at, count = self._told.get(named, (None, 0))
        if told_at is not None and 0 <= now - told_at < MINUTE_MS:
            self._told[named] = told_at, count + 1
            return
        key, reason = named
        _log.info("ingest.refused", key=key, reason=reason, status=reply.status, before=count)
        self._told[named] = now, 0
        self._told.move_to_end(named)
        if len(self._told) > _SENDERS_MAX:
            self._told.popitem(last=False)


def key_name(scope: dict[str, Any]) -> str:
    """What of the key that was sent may be told."""
    sent = next((value for name, value in scope["headers"] if name == b"x-api-key"), None)
    if sent is None:
        return "none"
    readable = _READABLE.match(sent)
    return readable[1].decode() if readable else "not a key"
