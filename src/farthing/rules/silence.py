"""Silence: nothing arrives where something should, because telemetry stopped or the application did.

It is measured in requests that are missing, not in hours: two empty hours at noon say more than a night.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from farthing.rules.baseline import Baseline

MISSING_MIN: Final = 30
"""So many requests have to be missing."""
QUARTERS_MIN: Final = 2
_BEYOND_LONGEST: Final = 1.5
_QUARTERS_AN_HOUR: Final = 4


class Silence(msgspec.Struct, frozen=True):
    """Nothing has arrived for this many quarter hours, in which so many requests are usual."""

    quarters: int
    missing: float


def longest(requests: Sequence[int], hours_of_week: Sequence[int], usual: Baseline) -> float:
    """The most requests that were ever missing in a row of empty hours: nights, weekends, holidays before."""
    most = missing = 0.0
    for count, slot in zip(requests, hours_of_week, strict=True):
        missing = 0.0 if count else missing + usual.hours[slot]
        most = max(most, missing)
    return most


def silent(
    requests: Sequence[int], hours_of_week: Sequence[int], usual: Baseline, longest_before: float
) -> Silence | None:
    """Whether the series has fallen silent, from its last quarter hours, oldest first.

    `longest_before` is what `longest` says of its history: silence has to be half as long again.
    """
    quarters, missing = 0, 0.0
    for count, slot in zip(reversed(requests), reversed(hours_of_week), strict=True):
        if count:
            break
        quarters += 1
        missing += usual.hours[slot] / _QUARTERS_AN_HOUR
    is_long = missing >= max(MISSING_MIN, _BEYOND_LONGEST * longest_before)
    return Silence(quarters, missing) if is_long and quarters >= QUARTERS_MIN else None
