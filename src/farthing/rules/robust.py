"""Middles and spreads that a few wild values cannot move. Statistics in floats: no money is added up here."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from typing import Final

_MAD_TO_SIGMA: Final = 1.4826
"""What the median of absolute deviations is multiplied by to be the sigma of a normal distribution."""
_TRIMMED: Final = 0.95
_TRIMMED_TO_SIGMA: Final = 1.15
"""The same for the root mean square of the 95 % smallest deviations."""
_DROPPED_SHARE: Final = 5
_FEW: Final = 3


def median(values: Sequence[float]) -> float:
    """The middle one. Raises IndexError for none."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def middle(values: Sequence[float]) -> float:
    """The mean without the lowest and the highest fifth; of two values the lower.

    It is closer to the mean of skewed counts than a median is, and a wild value in three moves it little.
    """
    ordered = sorted(values)
    if len(ordered) < _FEW:
        return ordered[0]
    dropped = max(1, len(ordered) // _DROPPED_SHARE)
    kept = ordered[dropped:-dropped]
    return sum(kept) / len(kept)


def spread(deviations: Sequence[float]) -> float:
    """The sigma of values around 0 of which some are wild; 0.0 for none.

    The larger of two robust estimates: where more than half of the deviations are 0 (an endpoint that is
    called now and then) their median says nothing.
    """
    if not deviations:
        return 0.0
    ordered = sorted(map(abs, deviations))
    kept = ordered[: max(1, int(len(ordered) * _TRIMMED))]
    root = sqrt(sum([value * value for value in kept]) / len(kept))
    return max(_MAD_TO_SIGMA * ordered[len(ordered) // 2], _TRIMMED_TO_SIGMA * root)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that this share of the others does not exceed; 0.0 for none."""
    return sorted(values)[int(share * (len(values) - 1))] if values else 0.0
