"""Latency as a mergeable histogram of log-spaced bins: percentiles within 2.5 %, counts that simply add.

Bins 0 to 39 hold one millisecond each, exactly; from there a bin begins 5 % above the one before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from fractions import Fraction
from math import ceil
from typing import Final

_EXACT_MAX: Final = 40
BIN_MAX: Final = 255


def _edges() -> list[int]:
    """The lowest millisecond of each bin; the integers of one bin differ by less than 5 %."""
    edges = list(range(_EXACT_MAX + 1))
    while len(edges) <= BIN_MAX:
        edges.append(edges[-1] * 21 // 20)
    return edges


EDGES: Final = _edges()
"""EDGES[b] is the smallest latency_ms of bin b. The last bin is open: about nineteen minutes and more."""

FIELD_BITS: Final = 48
"""Bits of a bin in a packed histogram: 281 million million calls before one would spill into the next."""
_FIELD_MASK: Final = (1 << FIELD_BITS) - 1

_DIRECT_MAX: Final = 4_096
_DIRECT: Final = [bisect_right(EDGES, ms) - 1 for ms in range(_DIRECT_MAX)]


def latency_bin(latency_ms: int) -> int:
    """The bin of a latency, 0 to 255."""
    if latency_ms < _DIRECT_MAX:
        return _DIRECT[latency_ms]
    return bisect_right(EDGES, latency_ms) - 1


def percentile_ms(counts: Iterable[tuple[int, int]], share: float) -> int | None:
    """The latency that `share` (0 to 1) of the calls do not exceed; None without any call.

    `counts` are (bin, count) in any order; bins may repeat. The answer is the middle of its bin.
    """
    bins = [0] * (BIN_MAX + 1)
    for number, count in counts:
        bins[number] += count
    # The share as it is written: 0.07 of 100 calls is 7 of them, while 0.07 * 100 is a little more than 7.
    rank = max(1, ceil(Fraction(repr(share)) * sum(bins)))
    seen = 0
    for number, count in enumerate(bins):
        seen += count
        if count and seen >= rank:
            return middle_ms(number)
    return None


def middle_ms(number: int) -> int:
    """A latency within 2.5 % of every latency of the bin."""
    if number >= BIN_MAX:
        return EDGES[BIN_MAX]
    return (EDGES[number] + EDGES[number + 1] - 1) // 2


def pack(counts: Iterable[tuple[int, int]]) -> int:
    """A histogram as one number: packed histograms add up in one addition for all bins."""
    packed = 0
    for number, count in counts:
        packed += count << (number * FIELD_BITS)
    return packed


def unpack(packed: int) -> dict[int, int]:
    """The counts by bin of a packed histogram, empty bins left out."""
    counts: dict[int, int] = {}
    number = 0
    while packed:
        count = packed & _FIELD_MASK
        if count:
            counts[number] = count
        packed >>= FIELD_BITS
        number += 1
    return counts
