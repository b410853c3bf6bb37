"""Whether the calls of one sort cost more each than those of another, and how sure that is.

A mean over few calls says little, and calls that come together are alike: a user who pastes a book makes ten
long ones in a row. So time is cut into blocks (hours, days), and what a block's calls cost beyond the mean of
all is taken for one observation, however many calls it has (the linearised variance of a ratio of sums over
clusters). Blocks in which both sorts are called count as pairs: what makes an hour dear for both is no
difference. The interval is Student's, with the degrees of freedom of the sort that has fewer blocks. All sums
are exact; only the root and the quantile are rounded, to far more digits than matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from statistics import NormalDist
from typing import Final

import msgspec

CALLS_MIN: Final = 30
"""Of each sort: below it, a single odd call decides."""
BLOCKS_MIN: Final = 8
"""With calls of a sort: below it, how much blocks differ is not known."""
CONFIDENCE: Final = 0.95
_CONTEXT: Final = Context(prec=60)


class Block(msgspec.Struct, frozen=True):
    """Calls of both sorts in a stretch of time, and what they cost in pico-dollars."""

    first_requests: int = 0
    first_cost: int = 0
    second_requests: int = 0
    second_cost: int = 0


class Difference(msgspec.Struct, frozen=True):
    """What a call of the second sort costs more than one of the first, in pico-dollars.

    With 95 % confidence it is between `low` and `high`. Both are None where there are not enough calls or
    blocks to say.
    """

    mean: Fraction
    low: int | None
    high: int | None

    @property
    def is_known(self) -> bool:
        """Whether there was enough to tell an interval."""
        return self.low is not None

    @property
    def sign(self) -> int:
        """1 for dearer, -1 for cheaper, 0 where the interval holds both."""
        if self.low is None or self.high is None:
            return 0
        return 1 if self.low > 0 else -1 if self.high < 0 else 0


def difference(blocks: Sequence[Block]) -> Difference | None:
    """The difference of the means; None where one of the sorts has no call."""
    requests = [sum(b.first_requests for b in blocks), sum(b.second_requests for b in blocks)]
    costs = [sum(b.first_cost for b in blocks), sum(b.second_cost for b in blocks)]
    if not all(requests):
        return None
    first, second = (Fraction(cost, count) for cost, count in zip(costs, requests, strict=True))
    mean = second - first
    filled = min(sum(b.first_requests > 0 for b in blocks), sum(b.second_requests > 0 for b in blocks))
    if min(requests) < CALLS_MIN or filled < BLOCKS_MIN:
        return Difference(mean, None, None)
    squares = Fraction(0)
    for block in blocks:
        beyond_second = (block.second_cost - second * block.second_requests) / requests[1]
        beyond_first = (block.first_cost - first * block.first_requests) / requests[0]
        squares += (beyond_second - beyond_first) ** 2
    half = _half(squares * filled / (filled - 1), filled - 1)
    return Difference(mean, _floor(mean - half), -_floor(-(mean + half)))


def _half(variance: Fraction, freedom: int) -> int:
    """Half the width of the interval, in whole pico-dollars, rounded up."""
    exact = _CONTEXT.divide(Decimal(variance.numerator), Decimal(variance.denominator))
    spread = _CONTEXT.multiply(_CONTEXT.sqrt(exact), Decimal(t_quantile(freedom)))
    return int(spread.to_integral_value(ROUND_CEILING))


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator


def t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """How many standard errors the two-sided interval reaches to either side; for 7 degrees or more.

    The expansion of Student's quantile around the normal one: within 0.001 of it from 7 degrees on.
    """
    z: float = NormalDist().inv_cdf((1 + confidence) / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + sum(term / float(freedom) ** (place + 1) for place, term in enumerate(terms))
