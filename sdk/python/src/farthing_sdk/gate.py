"""When the next batch may be sent: at once, after a failure, or after a pause the server asked for."""

from __future__ import annotations

import random
import time
from typing import Callable

_FIRST_SECONDS = 0.5
_SECONDS_MAX = 60.0
_ASKED_SECONDS_MAX = 3600.0


class Gate:
    """Open until something fails.

    Failures double the wait, of which a random part is waited for, so that many senders do not come back at
    once; what the server asks for is the least.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._opens_at = 0.0
        self._failure_count = 0
        self.is_paused = False

    def wait_seconds(self) -> float:
        """How long it stays closed; 0 when it is open."""
        return max(0.0, self._opens_at - self._clock())

    def succeeded(self) -> None:
        """All is well."""
        self._opens_at, self._failure_count, self.is_paused = 0.0, 0, False

    def failed(self, asked_seconds: float | None) -> None:
        """Something that passes: the server is away, full, or in trouble."""
        self._failure_count += 1
        most = min(_SECONDS_MAX, _FIRST_SECONDS * 2.0 ** min(self._failure_count - 1, 10))
        wait = random.uniform(most / 2, most)  # noqa: S311 - it spreads senders, and guards nothing
        self._close(max(wait, min(asked_seconds or 0.0, _ASKED_SECONDS_MAX)))

    def paused(self, seconds: float, asked_seconds: float | None) -> None:
        """Something that a person has to mend: a plan that is used up, a key that is refused."""
        self.is_paused = True
        self._close(max(_FIRST_SECONDS, min(asked_seconds or seconds, _ASKED_SECONDS_MAX)))

    def hurry(self, seconds: float) -> None:
        """The process ends: wait no longer than that."""
        self._opens_at = min(self._opens_at, self._clock() + seconds)

    def _close(self, seconds: float) -> None:
        self._opens_at = self._clock() + seconds
