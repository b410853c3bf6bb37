from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.histogram import Histogram


def filled(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    return histogram


def true_percentile(values: list[int], share: float) -> int:
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=60), st.sampled_from([0.0, 0.5, 0.9, 0.99, 1.0]))
def test_a_percentile_is_never_below_the_true_one_and_at_most_a_128th_above(
    values: list[int], share: float
) -> None:
    found, true = filled(values).percentile(share), true_percentile(values, share)

    assert found is not None
    assert true <= found <= true + true // 128


def test_percentiles_of_a_skewed_set_agree_with_the_sorted_values() -> None:
    rng = random.Random(7)
    values = [int(rng.lognormvariate(14, 1)) for _ in range(20_000)]

    summary = filled(values).summary()

    assert summary.count == 20_000
    assert summary.p50_ms == pytest.approx(true_percentile(values, 0.5) / 1e6, rel=1 / 128)
    assert summary.p99_ms == pytest.approx(true_percentile(values, 0.99) / 1e6, rel=1 / 128)
    assert summary.max_ms == max(values) / 1e6


def test_an_empty_histogram_has_no_percentiles() -> None:
    summary = Histogram().summary()

    assert (summary.count, summary.p50_ms, summary.max_ms) == (0, None, None)


def test_a_negative_time_is_refused() -> None:
    with pytest.raises(ValueError, match="-1 ns"):
        Histogram().record(-1)
