"""Latency as a mergeable histogram of log-spaced bins: percentiles within 2.5 %, counts that simply add.

Bins 0 to 39 hold one millisecond each, exactly; from there a bin begins 5 % above the one before it.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate, zip_longest
from operator import sub
from typing import Final

Histogram = tuple[int, ...]
"""Calls by bin, up to the last bin that has any."""

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

FIELD_BITS: Final = 64
"""Bits of a bin in a packed histogram: more calls than there can be before one would spill into the next."""

_DIRECT_MAX: Final = 4_096
_DIRECT: Final = [bisect_right(EDGES, ms) - 1 for ms in range(_DIRECT_MAX)]


def latency_bin(latency_ms: int) -> int:
    """The bin of a latency, 0 to 255."""
    if latency_ms < _DIRECT_MAX:
        return _DIRECT[latency_ms]
    return bisect_right(EDGES, latency_ms) - 1


class Percentiles:
    """A histogram, added up once for all percentiles that are read from it."""

    def __init__(self, histogram: Histogram) -> None:
        self._reached = list(accumulate(histogram))

    def latency_ms(self, percent: int) -> int | None:
        """The latency that so many percent of the calls do not exceed; None without any call.

        It is the middle of a bin.
        """
        if not self._reached or not self._reached[-1]:
            return None
        rank = max(1, -(-percent * self._reached[-1] // 100))
        return middle_ms(bisect_left(self._reached, rank))


def middle_ms(number: int) -> int:
    """A latency within 2.5 % of every latency of the bin."""
    if number >= BIN_MAX:
        return EDGES[BIN_MAX]
    return (EDGES[number] + EDGES[number + 1] - 1) // 2


def histogram_of(bins: Iterable[int]) -> Histogram:
    """The histogram of calls whose latencies lie in these bins."""
    counts = Counter(bins)
    return tuple(counts[number] for number in range(max(counts, default=-1) + 1))


def added_up(histograms: Iterable[Histogram]) -> Histogram:
    """All calls of some histograms."""
    return tuple(map(sum, zip_longest(*histograms, fillvalue=0)))


def less(whole: Histogram, part: Histogram) -> Histogram:
    """What of a histogram is not in a part of it."""
    return (*map(sub, whole, part), *whole[len(part) :])


def pack(number: int, count: int) -> int:
    """So many calls in one bin as a number: packed histograms add up in one addition for all bins."""
    return count << (number * FIELD_BITS)


def packed_counts(counts: Sequence[int]) -> int:
    """The number that a histogram with all bins is."""
    return int.from_bytes(struct.pack(f"<{len(counts)}Q", *counts), "little")


def unpack(packed: int) -> Histogram:
    """The histogram that a number is."""
    length = -(-packed.bit_length() // FIELD_BITS)
    return struct.unpack(f"<{length}Q", packed.to_bytes(length * FIELD_BITS // 8, "little"))
