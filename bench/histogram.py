"""Times counted in log-spaced cells, so that a run of any length keeps its percentiles in a few kilobytes."""

from __future__ import annotations

import math

import msgspec

_SUB_BITS = 7
_CELLS_PER_DOUBLING = 1 << _SUB_BITS
_NS_PER_MS = 1_000_000


class LatencySummary(msgspec.Struct, frozen=True):
    """What a table shows of a histogram. All None when nothing was measured."""

    count: int
    p50_ms: float | None
    p90_ms: float | None
    p99_ms: float | None
    max_ms: float | None


class Histogram:
    """Counts of whole nanoseconds >= 0. A percentile is never below the true one, at most 1/128 above."""

    def __init__(self) -> None:
        self.count = 0
        self.max_ns = 0
        self._cells: list[int] = []

    def record(self, value_ns: int) -> None:
        """Count one value; a negative one (a clock that was set back) raises ValueError."""
        if value_ns < 0:
            raise ValueError(f"a time of {value_ns} ns is negative")
        cell = _cell_of(value_ns)
        if cell >= len(self._cells):
            self._cells.extend([0] * (cell + 1 - len(self._cells)))
        self._cells[cell] += 1
        self.count += 1
        self.max_ns = max(self.max_ns, value_ns)

    def percentile(self, share: float) -> int | None:
        """The smallest value that at least `share` (0..1) of all values do not exceed; None when empty."""
        if not self.count:
            return None
        wanted = max(1, math.ceil(share * self.count))
        seen = 0
        for cell, count in enumerate(self._cells):
            seen += count
            if seen >= wanted:
                return min(_upper_end(cell), self.max_ns)
        return self.max_ns

    def summary(self) -> LatencySummary:
        """The three percentiles and the exact maximum, in milliseconds."""
        return LatencySummary(
            count=self.count,
            p50_ms=_ms(self.percentile(0.50)),
            p90_ms=_ms(self.percentile(0.90)),
            p99_ms=_ms(self.percentile(0.99)),
            max_ms=_ms(self.max_ns if self.count else None),
        )


def _cell_of(value_ns: int) -> int:
    """Values below 256 have a cell each; above, every doubling is cut into 128 cells of equal width."""
    shift = max(value_ns.bit_length() - _SUB_BITS - 1, 0)
    return (shift << _SUB_BITS) + (value_ns >> shift)


def _upper_end(cell: int) -> int:
    """The largest value that falls into `cell`."""
    shift = max((cell >> _SUB_BITS) - 1, 0)
    return ((cell - (shift << _SUB_BITS) + 1) << shift) - 1


def _ms(value_ns: int | None) -> float | None:
    return None if value_ns is None else value_ns / _NS_PER_MS
