"""Times on the wire."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.instants import instant


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_772_366_400_000, "2026-03-01T12:00:00Z"),
        (1_772_366_400_007, "2026-03-01T12:00:00.007Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_milliseconds_show_where_there_are_any(at: int, text: str) -> None:
    assert instant(at) == text


@given(st.integers(-(10**13), 10**14))
def test_no_millisecond_is_lost(at: int) -> None:
    assert round(datetime.fromisoformat(instant(at)).timestamp() * 1_000) == at
