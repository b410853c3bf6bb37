"""The latency histogram: how near its percentiles come, and that parts add up to the whole."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.latency import (
    BIN_MAX,
    EDGES,
    Histogram,
    Percentiles,
    histogram_of,
    latency_bin,
    less,
    middle_ms,
    pack,
    unpack,
)

latencies = st.one_of(st.integers(0, 60), st.integers(0, EDGES[BIN_MAX] - 1))
percents = st.sampled_from((0, 7, 29, 50, 90, 95, 99, 100))


def histogram(values: list[int]) -> Histogram:
    return histogram_of(map(latency_bin, values))


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


@given(st.lists(latencies, min_size=1, max_size=60), percents)
def test_a_percentile_is_within_2_5_percent_of_the_sorted_list(values: list[int], percent: int) -> None:
    exact = sorted(values)[max(1, ceil(Fraction(percent, 100) * len(values))) - 1]
    answer = Percentiles(histogram(values)).latency_ms(percent)
    assert answer is not None
    assert abs(answer - exact) <= exact * 0.025


@given(st.lists(latencies), st.lists(latencies), percents)
def test_percentiles_of_two_parts_are_those_of_the_whole(
    these: list[int], those: list[int], percent: int
) -> None:
    parts = unpack(sum(pack(latency_bin(value), 1) for value in these + those))
    assert parts == histogram(these + those)
    assert Percentiles(parts).latency_ms(percent) == Percentiles(histogram(these + those)).latency_ms(percent)


def test_a_percentage_is_exact() -> None:
    # 0.07 * 100 is 7.000000000000001, and the eighth of these is another one.
    assert Percentiles(histogram([3] * 7 + [30] * 93)).latency_ms(7) == 3


def test_nothing_measured_has_no_percentile() -> None:
    assert Percentiles(()).latency_ms(95) is None
    assert Percentiles((0, 0)).latency_ms(95) is None


@given(st.lists(latencies), st.lists(latencies))
def test_a_whole_less_one_part_is_the_other(these: list[int], those: list[int]) -> None:
    left = less(histogram(these + those), histogram(these))
    assert left[: len(histogram(those))] == histogram(those)
    assert not any(left[len(histogram(those)) :])


@given(st.lists(st.dictionaries(st.integers(0, BIN_MAX), st.integers(1, 2**40), max_size=20), max_size=8))
def test_packed_histograms_add_up_like_their_bins(histograms: list[dict[int, int]]) -> None:
    together: Counter[int] = Counter()
    for one in histograms:
        together.update(one)
    packed = sum(pack(number, count) for one in histograms for number, count in one.items())
    assert {number: count for number, count in enumerate(unpack(packed)) if count} == dict(together)
