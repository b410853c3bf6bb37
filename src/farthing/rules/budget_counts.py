"""What budgets count: which cells an event adds to, and of which cells a period is the sum.

A storage keeps sums of AMOUNTS in cells. A budget whose periods begin anew has one cell for each period, so
that its state is one look-up. A rolling one has cells by quarter hour and, so that long windows are sums of
few, by UTC day beside them. Every change of events is a change of cells by what they add, in the same
transaction; nothing is ever reset.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from farthing.rules.budget_state import BudgetState, Spent, at_rest
from farthing.rules.budgets import Budget
from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS, QUARTER_MS, Window

AMOUNTS: Final = (
    "cost_picousd",
    "request_count",
    "token_count",
    "unpriced_request_count",
    "unpriced_token_count",
)
"""What is added up, in the order of columns."""
Amounts = tuple[int, ...]
"""Of AMOUNTS, in that order."""
NOTHING: Final[Amounts] = (0,) * len(AMOUNTS)

PERIOD: Final = 0
QUARTER: Final = 1
DAY: Final = 2
"""What a cell spans: a whole period, or a part of rolling ones."""


class Cell(NamedTuple):
    """Where something is counted. `value` is that of the budget's `per`, None for a budget without."""

    count_id: int
    value: str | None
    grain: int
    start: int


class Standing(msgspec.Struct, frozen=True, gc=False):
    """How a budget stands in a period, for one value where it has a limit for each."""

    budget: Budget
    value: str | None
    window: Window
    state: BudgetState


def told_at(standing: Standing, now: int) -> Standing:
    """The standing of a present period (`Budget.present`), as it is told where the budget does not hold."""
    state = at_rest(standing.state, standing.budget, now)
    return standing if state is standing.state else replace(standing, state=state)


def amounts_of(event: UsageEvent) -> Amounts:
    """What an event adds."""
    usage = event.usage
    return (
        event.cost_picousd or 0,
        1,
        usage.input_tokens + usage.output_tokens,
        int(event.pricing_status != "priced"),
        event.unpriced_tokens,
    )


def cells_of(budget: Budget, value: str | None, window: Window, at: int) -> tuple[Cell, ...]:
    """The cells that an event of the instant `at` adds to; `window` is the period that holds it."""
    if not budget.period.is_rolling:
        return (Cell(budget.count_id, value, PERIOD, window.start),)
    return (
        Cell(budget.count_id, value, QUARTER, at - at % QUARTER_MS),
        Cell(budget.count_id, value, DAY, at - at % DAY_MS),
    )


def ranges(window: Window) -> Iterator[tuple[int, int, int]]:
    """(grain, start, end) of the cells of a rolling budget that a window is the sum of."""
    first_day, last_day = -(-window.start // DAY_MS) * DAY_MS, window.end // DAY_MS * DAY_MS
    if first_day >= last_day:
        yield QUARTER, window.start, window.end
        return
    yield QUARTER, window.start, first_day
    yield DAY, first_day, last_day
    yield QUARTER, last_day, window.end


def spent_of(budget: Budget, amounts: Amounts) -> Spent:
    """Sums of AMOUNTS as what a budget was used."""
    cost, requests, tokens, unpriced_requests, unpriced_tokens = amounts
    return Spent(
        cost_picousd=cost,
        requests=requests,
        tokens=tokens,
        unpriced_requests=unpriced_requests,
        unpriced_tokens=unpriced_tokens,
        unpriced_estimate_picousd=unpriced_tokens * budget.unpriced_rate_picousd,
    )
