"""A change of an amount, in parts: what is usual and what was, by values of dimensions and by pairs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

Pair = tuple[str, str]
"""(dimension, value)."""
Where = tuple[Pair, ...]
"""One pair, or two of different dimensions in any order; none is the whole."""

DIMENSIONS: Final = (
    "endpoint_tag",
    "prompt_version",
    "user_id",
    "model",
    "tenant_id",
    "feature_tag",
    "api_key",
    "error_code",
    "provider",
    "status",
    "environment",
)
"""Of dimensions that explain equally well the first is named."""


_NOTHING_BESIDE: Final = 10
"""What is so many times as much now was next to nothing."""


class Amounts(msgspec.Struct, frozen=True):
    """An amount (pico-dollars, or a count) as it usually is and as it was, and of how many requests."""

    usual: int = 0
    actual: int = 0
    usual_requests: int = 0
    actual_requests: int = 0

    @property
    def change(self) -> int:
        return self.actual - self.usual

    @property
    def effects(self) -> tuple[int, int]:
        """What of the change came by the number of requests (volume), and what by the amount of each.

        They add up to the change. Of what was not there before, or has gone, everything is volume.
        """
        if not self.usual_requests or not self.actual_requests:
            return self.change, 0
        volume = share_of(self.usual, self.actual_requests - self.usual_requests, self.usual_requests)
        return volume, self.change - volume

    def beyond_usual(self, whole: Amounts) -> int:
        """How much further it is now from what as many of the whole's usual requests come to than it was.

        So what always costs more than the rest is not what became dearer. Of all parts it adds up to what the
        whole's requests cost more.
        """
        more = self.actual_requests - self.usual_requests
        return self.change - share_of(whole.usual, more, whole.usual_requests)

    def size_in(self, whole: Amounts) -> float:
        """Its share of a whole before or after, the smaller: what has come, or gone, was no part of it.

        By requests where the whole is usually next to nothing: of two retries chance says who made them.
        """
        if whole.usual * _NOTHING_BESIDE <= whole.actual or whole.usual <= 0:
            return self.usual_requests / whole.usual_requests if whole.usual_requests else 0.0
        before = self.usual / whole.usual
        return min(before, self.actual / whole.actual) if whole.actual > 0 else before

    def at_level(self, above: int, below: int) -> Amounts:
        """The same with above / below of what was usual."""
        usual, requests = share_of(self.usual, above, below), share_of(self.usual_requests, above, below)
        return Amounts(usual, self.actual, requests, self.actual_requests)


def share_of(amount: int, above: int, below: int) -> int:
    """The amount times above / below, rounded half to even, exactly. `below` is not 0."""
    whole, rest = divmod(amount * above, below)
    twice = 2 * rest
    is_up = abs(twice) > abs(below) or (abs(twice) == abs(below) and whole % 2 == 1)
    return whole + is_up


def scaled(sums: Mapping[Where, int], of: int, to: int) -> dict[Where, int]:
    """What the parts would be if their whole were `to` instead of `of`.

    So the sums of a time that resembles the one in question become what is usual.
    """
    return {where: share_of(amount, to, of) for where, amount in sums.items()}


def rank(dimension: str) -> int:
    """The place of a dimension in the order in which they are named."""
    return DIMENSIONS.index(dimension) if dimension in DIMENSIONS else len(DIMENSIONS)


def ranks(where: Where) -> tuple[int, ...]:
    """The places of its dimensions, ascending."""
    return tuple(sorted(rank(dimension) for dimension, _ in where))
