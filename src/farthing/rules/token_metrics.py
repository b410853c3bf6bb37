"""Tokens as senders' metrics count them, to see whether calls did not come. Never a cost.

A sender tells of a series again and again, with sums since its start. What it grew by counts, once, on the
day of the point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import msgspec

from farthing.rules.periods import DAY_MS, HOUR_MS

_NS: Final = 1_000_000
_LATE_MS: Final = HOUR_MS
"""A running sum that is met for the first time later than this after its start began before we listened."""
_INTERVAL_KEPT_MS: Final = HOUR_MS
_RUNNING_KEPT_MS: Final = 2 * DAY_MS


class TokenCell(NamedTuple):
    """What tokens are counted by: a UTC day (days since 1970), an API key, names, and input or output."""

    day: int
    api_key_id: int
    provider: str
    model: str
    token_type: str


class TokenPoint(msgspec.Struct, frozen=True, gc=False):
    """A sum of a series, from `start_ns` to `time_ns`; an interval stands alone, any other sum runs on.

    `series` is a 63-bit number of everything that tells the series from others, its start included.
    """

    series: int
    cell: TokenCell
    token_sum: int
    start_ns: int
    time_ns: int
    is_interval: bool


class Series(NamedTuple):
    """What is known of a series: its newest sum, the time of that, and when it is forgotten (UTC ms)."""

    token_sum: int
    seen_ns: int
    expires_at: int


def grown(
    known: Mapping[int, Series], points: Iterable[TokenPoint], now: int
) -> tuple[dict[int, Series], Counter[TokenCell]]:
    """What is to be known of the series from now on, and what counts. A point that came before counts 0."""
    after: dict[int, Series] = {}
    counted: Counter[TokenCell] = Counter()
    for point in sorted(points, key=lambda each: each.time_ns):
        before = after.get(point.series) or known.get(point.series)
        if before is not None and point.time_ns <= before.seen_ns:
            continue
        kept_ms = _INTERVAL_KEPT_MS if point.is_interval else _RUNNING_KEPT_MS
        after[point.series] = Series(point.token_sum, point.time_ns, now + kept_ms)
        if before is not None:
            growth = point.token_sum - before.token_sum
        else:
            growth = point.token_sum if point.is_interval or _is_new(point) else 0
        if growth > 0:
            counted[point.cell] += growth
    return after, counted


def _is_new(point: TokenPoint) -> bool:
    return point.start_ns > 0 and point.time_ns - point.start_ns <= _LATE_MS * _NS
