"""What time it is. Passed in, so that rules and tests choose their own."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Protocol

_HEARD_MS_MAX: Final = 250
"""An answer may wait for a connection, and then for the database."""


class Clock(Protocol):
    """The only source of the present."""

    def now(self) -> int:
        """UTC milliseconds."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> int:
        """UTC milliseconds."""
        return time.time_ns() // 1_000_000


class SharedClock:
    """The clock of a database that several servers share, which each of them goes by once it has heard it.

    Between two hearings it runs on by what nobody can set on this machine. `own` is the machine's clock.
    """

    def __init__(self, own: Clock, elapsed_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._own = own
        self._elapsed_ns = elapsed_ns
        self._begun_at: int | None = None

    def now(self) -> int:
        """UTC milliseconds."""
        return self._own.now() if self._begun_at is None else self._begun_at + self.elapsed_ms()

    def elapsed_ms(self) -> int:
        """Milliseconds since some instant that stays the same."""
        return self._elapsed_ns() // 1_000_000

    def hear(self, at: int, asked_ms: int) -> int:
        """Go by the database, which said that it is `at` when asked at `asked_ms` (`elapsed_ms`).

        Half of the time that the answer took is taken for its way, so one that took long tells little: once
        another was heard, it changes nothing. How far the machine's clock is ahead, in milliseconds.
        """
        now_ms = self.elapsed_ms()
        if self._begun_at is None or now_ms - asked_ms <= _HEARD_MS_MAX:
            self._begun_at = at - (asked_ms + now_ms) // 2
        return self._own.now() - self.now()
