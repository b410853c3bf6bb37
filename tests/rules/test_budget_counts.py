"""Cells and periods fit together: a rolling period is the sum of exactly the cells of its quarter hours."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.budget_counts import Cell, cells_of, ranges
from farthing.rules.budget_periods import Period
from farthing.rules.budgets import Budget, Limit
from farthing.rules.periods import QUARTER_MS, Window

ROLLING = Budget(
    id=1,
    workspace_id=1,
    name="a",
    limit=Limit("requests", 1),
    period=Period(kind="rolling_hours", count=1),
    count_id=7,
)


def times_counted(cells: tuple[Cell, ...], window: Window) -> int:
    return sum(
        grain == cell.grain and start <= cell.start < end
        for cell in cells
        for grain, start, end in ranges(window)
    )


@given(st.integers(0, 400), st.integers(1, 400), st.integers(-1, 1))
def test_a_window_is_the_sum_of_its_quarter_hours(first: int, length: int, beside: int) -> None:
    window = Window(first * QUARTER_MS, (first + length) * QUARTER_MS)
    for edge in (window.start, window.end, window.start + length // 2 * QUARTER_MS):
        at = edge + beside * QUARTER_MS
        cells = cells_of(ROLLING, None, window, at)
        assert times_counted(cells, window) == (window.start <= at < window.end)
