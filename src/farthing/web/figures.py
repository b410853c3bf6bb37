"""Counts, shares and latencies as people read them, and how much a figure changed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from farthing.reports.question import Value

NONE: Final = "\u2014"
_NARROW_SPACE: Final = "\u202f"
_COMPACT_FROM: Final = 10_000_000
_TIMES_FROM: Final = 10
SMALL: Final = Decimal("0.05")
"""A change by less of what was before is small."""
SMALL_POINTS: Final = 0.5
"""So is that of a share by fewer points: an error rate of 0.1 % that doubles is a call more in 1,000."""


def count(number: Value) -> str:
    """A whole number with its thousands parted; very large ones in millions."""
    if number is None:
        return NONE
    return f"{number:,.0f}" if number < _COMPACT_FROM else f"{number / 1_000_000:,.1f}M"


def percent(ratio: Value) -> str:
    """A share of one as per cent: "0.8 %", "34 %", "< 0.1 %"."""
    if ratio is None:
        return NONE
    value = float(ratio) * 100
    if 0 < value < 0.05:  # noqa: PLR2004 - would be printed as 0.0
        return f"<{_NARROW_SPACE}0.1{_NARROW_SPACE}%"
    text = f"{value:.0f}" if value >= 10 or value == 0 else f"{value:.1f}"  # noqa: PLR2004 - two digits are enough
    return f"{text}{_NARROW_SPACE}%"


def milliseconds(latency: Value) -> str:
    """A latency: "850 ms", "2.31 s", "1 min 12 s"."""
    if latency is None:
        return NONE
    ms = round(float(latency))
    if ms < 1_000:  # noqa: PLR2004 - a second
        return f"{ms}{_NARROW_SPACE}ms"
    if ms < 60_000:  # noqa: PLR2004 - a minute
        return f"{ms / 1_000:.3g}{_NARROW_SPACE}s"
    minutes, seconds = divmod(round(ms / 1_000), 60)
    return f"{minutes}{_NARROW_SPACE}min {seconds}{_NARROW_SPACE}s"


@dataclass(frozen=True)
class Change:
    """How a figure moved: `mark` is an arrow or empty, `text` how much, `words` the same for a listener.

    One that `is_small` is printed calmly: figures move a little all the time.
    """

    mark: str
    text: str
    words: str
    is_small: bool = False


def relative_change(now: Value, before: Value) -> Change | None:
    """The change as a share of `before`; None when there is nothing to compare with."""
    if now is None or before is None:
        return None
    if before == 0:
        return None if now == 0 else Change("", "new", "new in this period")
    ratio = (Decimal(now) - Decimal(before)) / Decimal(before)
    if abs(ratio) < Decimal("0.0005"):
        return Change("", "no change", "no change", is_small=True)
    if ratio >= _TIMES_FROM:
        times = f"{ratio + 1:,.0f}"
        return Change("", f"\u00d7{_NARROW_SPACE}{times}", f"{times} times as much")
    return _moved(percent(abs(ratio)), is_up=ratio > 0, is_small=abs(ratio) < SMALL)


def share_change(now: Value, before: Value) -> Change | None:
    """The change of a share, in percentage points."""
    if now is None or before is None:
        return None
    points = (float(now) - float(before)) * 100
    if abs(points) < 0.05:  # noqa: PLR2004 - would be printed as 0.0
        return Change("", "no change", "no change", is_small=True)
    is_small = abs(points) < SMALL_POINTS or abs(points) < float(SMALL) * abs(float(before)) * 100
    return _moved(f"{abs(points):.1f}{_NARROW_SPACE}pts", is_up=points > 0, is_small=is_small)


def _moved(text: str, *, is_up: bool, is_small: bool) -> Change:
    return Change("\u25b2" if is_up else "\u25bc", text, f"{'up' if is_up else 'down'} {text}", is_small)
