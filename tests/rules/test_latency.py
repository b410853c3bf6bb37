"""The latency histogram: how near its percentiles come, and that parts add up to the whole."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.latency import BIN_MAX, EDGES, latency_bin, middle_ms, pack, percentile_ms, unpack

latencies = st.one_of(st.integers(0, 60), st.integers(0, EDGES[BIN_MAX] - 1))
shares = st.sampled_from((0.0, 0.07, 0.29, 0.5, 0.9, 0.95, 0.99, 1.0))


def histogram(values: list[int]) -> list[tuple[int, int]]:
    return list(Counter(map(latency_bin, values)).items())


@given(latencies)
def test_a_bin_stands_for_its_latencies_within_2_5_percent(latency_ms: int) -> None:
    assert abs(middle_ms(latency_bin(latency_ms)) - latency_ms) <= latency_ms * 0.025


@given(latencies)
def test_a_latency_is_in_the_bin_whose_edges_hold_it(latency_ms: int) -> None:
    number = latency_bin(latency_ms)
    assert EDGES[number] <= latency_ms < EDGES[number + 1]


def test_short_latencies_are_exact() -> None:
    assert [middle_ms(latency_bin(ms)) for ms in range(40)] == list(range(40))


def test_the_direct_table_agrees_with_the_edges_where_they_meet() -> None:
    bins = [latency_bin(ms) for ms in range(4_000, 4_200)]
    assert bins == [sum(edge <= ms for edge in EDGES) - 1 for ms in range(4_000, 4_200)]


@pytest.mark.parametrize("latency_ms", [EDGES[BIN_MAX], EDGES[BIN_MAX] + 1, 10**9, 2**53 - 1])
def test_everything_beyond_the_last_edge_is_in_the_last_bin(latency_ms: int) -> None:
    assert latency_bin(latency_ms) == BIN_MAX
    assert middle_ms(BIN_MAX) == EDGES[BIN_MAX]


@given(st.lists(latencies, min_size=1, max_size=60), shares)
def test_a_percentile_is_within_2_5_percent_of_the_sorted_list(values: list[int], share: float) -> None:
    exact = sorted(values)[max(1, ceil(Fraction(str(share)) * len(values))) - 1]
    answer = percentile_ms(histogram(values), share)
    assert answer is not None
    assert abs(answer - exact) <= exact * 0.025


@given(st.lists(latencies), st.lists(latencies), shares)
def test_percentiles_of_two_parts_are_those_of_the_whole(
    these: list[int], those: list[int], share: float
) -> None:
    assert percentile_ms(histogram(these) + histogram(those), share) == percentile_ms(
        histogram(these + those), share
    )


def test_a_share_is_taken_as_it_is_written() -> None:
    # 0.07 * 100 is 7.000000000000001, and the eighth of these is another one.
    assert percentile_ms([(3, 7), (30, 93)], 0.07) == 3


def test_nothing_measured_has_no_percentile() -> None:
    assert percentile_ms([], 0.95) is None
    assert percentile_ms([(12, 0)], 0.95) is None


@given(st.lists(st.dictionaries(st.integers(0, BIN_MAX), st.integers(1, 2**40), max_size=20), max_size=8))
def test_packed_histograms_add_up_like_their_bins(histograms: list[dict[int, int]]) -> None:
    together: Counter[int] = Counter()
    for one in histograms:
        together.update(one)
    assert unpack(sum(pack(one.items()) for one in histograms)) == dict(together)
