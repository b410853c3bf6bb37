"""Whether one sort of calls is dearer than another: exact means, intervals that hold what they promise."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.versus import BLOCKS_MIN, CALLS_MIN, Block, difference, t_quantile

_blocks: Final = st.lists(
    st.builds(Block, *[st.sampled_from((0, 0, 1, 5, 100)), st.sampled_from((0, 7, 10**9, 2**62))] * 2),
    max_size=20,
)


@given(_blocks)
def test_the_mean_is_exact_and_inside_its_interval(blocks: list[Block]) -> None:
    found = difference(blocks)
    counts = sum(b.first_requests for b in blocks), sum(b.second_requests for b in blocks)
    if found is None:
        assert 0 in counts
        return
    means = (
        Fraction(sum(b.first_cost for b in blocks), counts[0]),
        Fraction(sum(b.second_cost for b in blocks), counts[1]),
    )
    assert found.mean == means[1] - means[0]
    assert found.low is None or (found.high is not None and found.low <= found.mean <= found.high)


@given(_blocks)
def test_the_other_way_round_is_the_opposite(blocks: list[Block]) -> None:
    turned = [Block(b.second_requests, b.second_cost, b.first_requests, b.first_cost) for b in blocks]
    one, other = difference(blocks), difference(turned)
    if one is None or other is None:
        assert one is other
        return
    assert one.mean == -other.mean
    assert one.low == (None if other.high is None else -other.high)


@pytest.mark.parametrize(("freedom", "known"), [(7, 2.3646), (10, 2.2281), (30, 2.0423), (1_000, 1.9623)])
def test_the_quantile_is_students(freedom: int, known: float) -> None:
    assert t_quantile(freedom) == pytest.approx(known, abs=0.001)


def test_few_calls_and_few_blocks_say_nothing() -> None:
    enough = [Block(4, 400, 4, 800)] * BLOCKS_MIN
    assert difference(enough[1:]) == difference([*enough[1:], Block()])
    assert difference(enough[1:]).is_known is False  # type: ignore[union-attr]
    assert difference([Block(2, 2, 3, 3)] * (CALLS_MIN // 3)).is_known is False  # type: ignore[union-attr]
    assert difference(enough).sign == 1  # type: ignore[union-attr]


def _some_blocks(random: Random, true_ratio: float) -> list[Block]:
    """Hours in which calls are alike: what is dear in an hour is dear for all of them."""
    blocks = []
    for _ in range(24):
        hour = random.lognormvariate(0, 0.5)
        counts = random.randrange(0, 6), random.randrange(0, 6)
        costs = [
            sum(round(1_000_000 * mean * hour * random.lognormvariate(0, 0.4)) for _ in range(count))
            for mean, count in zip((1.0, true_ratio), counts, strict=True)
        ]
        blocks.append(Block(counts[0], costs[0], counts[1], costs[1]))
    return blocks


def test_a_difference_that_is_none_is_seldom_called_one() -> None:
    random = Random(1)
    signs = [found.sign for _ in range(400) if (found := difference(_some_blocks(random, 1.0)))]
    assert sum(sign != 0 for sign in signs) / len(signs) < 0.09


def test_a_large_difference_is_found_nearly_always() -> None:
    random = Random(2)
    signs = [found.sign for _ in range(100) if (found := difference(_some_blocks(random, 2.0)))]
    assert signs.count(1) / len(signs) > 0.95
    assert -1 not in signs
