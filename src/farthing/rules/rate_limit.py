"""How many events a key may send: a token bucket, kept as the one instant at which it is full again.

A bucket that holds `burst` tokens and gains `per_second` of them is full at some time. Taking a token moves
that time on by what a token takes to come; what would move it further than a whole burst ahead is refused.
Times are nanoseconds, of any clock that does not jump.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Final

SECOND_NS: Final = 1_000_000_000
MS_NS: Final = 1_000_000
RATE_MAX: Final = 1_000_000
BURST_MAX: Final = 1_000_000


@dataclass(frozen=True)
class RateLimit:
    """`per_second` (above 0, at most RATE_MAX) events in the long run, `burst` (1 or more) at once."""

    per_second: float
    burst: int

    @property
    def token_ns(self) -> int:
        """How long a token takes to come, rounded up: never more than the rate passes."""
        return ceil(SECOND_NS / self.per_second)

    @property
    def depth_ns(self) -> int:
        """How long an empty bucket takes to fill."""
        return self.burst * self.token_ns


def wait_ns(limit: RateLimit, full_at: int, count: int, now: int) -> int:
    """How long it takes until `count` tokens are there; 0 when they are.

    They never are when there are more of them than the burst: that is to be asked before.
    """
    return max(max(full_at, now) + count * limit.token_ns - limit.depth_ns - now, 0)


def taken(limit: RateLimit, full_at: int, count: int, now: int) -> int:
    """When the bucket is full again after `count` tokens were taken."""
    return max(full_at, now) + count * limit.token_ns
