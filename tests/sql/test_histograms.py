"""How a packed histogram is stored: everything comes back, and few calls take few bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.latency import BIN_MAX, FIELD_BITS, latency_bin, pack
from farthing.storage.sql.histograms import from_bytes, to_bytes

counts = st.sampled_from((1, 2, 255, 256, 65_535, 65_536, 2**32, 2 ** (FIELD_BITS - 1)))


@given(st.dictionaries(st.integers(0, BIN_MAX), counts, max_size=12))
def test_what_is_stored_comes_back(bins: dict[int, int]) -> None:
    packed = sum(pack(number, count) for number, count in bins.items())
    assert from_bytes(to_bytes(packed)) == packed


def test_an_empty_histogram_takes_no_byte() -> None:
    assert to_bytes(0) == b""


def test_a_few_calls_take_a_byte_for_each_bin_between_them() -> None:
    first, last = latency_bin(200), latency_bin(4_000)
    assert len(to_bytes(pack(first, 2) + pack(last, 1))) == 2 + last - first + 1
