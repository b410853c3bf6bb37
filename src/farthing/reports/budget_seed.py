"""What a new budget has to count of the events that are there already: the questions, and what they come to.

Counted is from the beginning of the period that holds now, or from where what is asked is still kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import add
from typing import Final

from farthing.reports.facts import FactQuery, Facts
from farthing.reports.reach import answerable_from
from farthing.rules.budget_counts import DAY, NOTHING, Amounts, Cell, cells_of
from farthing.rules.budget_marks import Marks
from farthing.rules.budget_periods import following, holding
from farthing.rules.budget_tally import Asked
from farthing.rules.budget_turn import turn
from farthing.rules.budgets import Budget
from farthing.rules.periods import QUARTER_MS, Window
from farthing.rules.retention import Retention
from farthing.rules.usage import TOKEN_UNITS

_SUMS: Final = (
    "cost_picousd",
    "request_count",
    "unpriced_request_count",
    "unpriced_token_count",
    *TOKEN_UNITS,
)


def counted_from(budget: Budget, now: int, retention: Retention) -> int:
    """The instant from which on the budget can count."""
    kept_from = answerable_from(_query(budget, Window(now, now)), retention)
    return max(budget.window(now).start, -(-kept_from // QUARTER_MS) * QUARTER_MS)


def seed_queries(budget: Budget, now: int, last: int) -> list[FactQuery]:
    """What to ask of a budget that counts from `counted_from`; no event occurred after `last`.

    A question for each period, or one by quarter hours for rolling ones.
    """
    since = budget.counted_from or 0
    if budget.period.is_rolling:
        until = (max(now, last) // QUARTER_MS + 1) * QUARTER_MS
        window = Window(since, until if budget.end is None else min(until, budget.end))
        return [_query(budget, window)] if window.start < window.end else []
    windows = periods_to_count(budget, now, last)
    return [_query(budget, Window(max(window.start, since), window.end)) for window in windows]


def periods_to_count(budget: Budget, now: int, last: int) -> Iterator[Window]:
    """The period that holds now and those after it that begin by `last`, each cut to where the budget holds.

    None from the budget's end on, and none where it does not hold in the one that holds now.
    """
    # Whole periods follow one another: after one that the budget's end cuts short would come itself again.
    whole = holding(budget.period, now, budget.zone)
    window = budget.cut(whole)
    is_first = True
    while window.start < window.end and (is_first or window.start <= last):
        yield window
        is_first = False
        whole = following(budget.period, whole, budget.zone)
        window = budget.cut(whole)


def _query(budget: Budget, window: Window) -> FactQuery:
    query = period_query(budget, window)
    if not budget.period.is_rolling:
        return query
    return replace(query, edges=tuple(range(window.start, window.end + 1, QUARTER_MS)))


def period_query(budget: Budget, window: Window) -> FactQuery:
    """What the calls of a budget add up to in a window, by value."""
    return FactQuery(
        workspace_id=budget.workspace_id,
        window=window,
        filters=budget.filters,
        dimensions=() if budget.per is None else (budget.per,),
        sums=_SUMS,
    )


def seed_cells(budget: Budget, asked: Iterable[tuple[FactQuery, Facts]]) -> dict[Cell, Amounts]:
    """The cells that answers come to."""
    cells: dict[Cell, Amounts] = {}
    for query, facts in asked:
        for (bucket, texts), sums in facts.sums.items():
            at = query.edges[bucket] if query.edges else query.window.start
            window = budget.window(at)
            for cell in cells_of(budget, texts[0] if texts else None, window, at):
                cells[cell] = tuple(map(add, cells.get(cell, NOTHING), amounts_of_sums(sums)))
    return cells


def amounts_of_sums(sums: tuple[int, ...]) -> Amounts:
    """An answer's row as sums of AMOUNTS."""
    cost, requests, unpriced_requests, unpriced_tokens, *tokens = sums
    return cost, requests, sum(tokens), unpriced_requests, unpriced_tokens


def seed_marks(budget: Budget, cells: Mapping[Cell, Amounts], now: int) -> list[tuple[str | None, Marks]]:
    """What is crossed already when a budget is set up, each with its value.

    It is marked and not told: whoever sets the budget up sees it.
    """
    sums: dict[tuple[str | None, Window], Amounts] = {}
    for cell, amounts in cells.items():
        window = budget.window(now if budget.period.is_rolling else cell.start)
        if cell.grain != DAY and window.start <= cell.start < window.end:
            key = cell.value, window
            sums[key] = tuple(map(add, sums.get(key, NOTHING), amounts))
    found = []
    for (value, window), amounts in sums.items():
        marks = turn(Asked(budget, value, window, NOTHING), amounts, None).marks
        if marks is not None:
            found.append((value, marks))
    return found
