"""What time it is. Passed in, so that rules and tests choose their own."""

from __future__ import annotations

import time
from typing import Protocol


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
