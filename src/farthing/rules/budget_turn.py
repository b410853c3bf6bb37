"""From sums to a budget's state and the news of it: what a storage does in the transaction of a change."""

from __future__ import annotations

from operator import sub
from typing import NamedTuple

from farthing.rules.budget_counts import Amounts, Standing, spent_of
from farthing.rules.budget_marks import Crossing, Marks, crossed
from farthing.rules.budget_state import BudgetState, stand
from farthing.rules.budget_tally import Asked


class Turn(NamedTuple):
    """How a budget stands after a change, what is news of it, and the marks to keep."""

    standing: Standing
    news: list[Crossing]
    marks: Marks | None


def turn(asked: Asked, amounts: Amounts, before: Marks | None) -> Turn:
    """What a change comes to, when the period's sums are `amounts` after it and the marks were `before`.

    A rolling sum falls by itself, and nobody may have looked while it was low: so it is looked at as it was
    right before the change, too.
    """
    budget, window = asked.budget, asked.window
    state = stand(budget, spent_of(budget, amounts))
    standing = Standing(budget, asked.value, window, state)
    if before is None and not state.is_warning:  # most often: nothing is reached, nothing was
        return Turn(standing, [], None)
    news: list[Crossing] = []
    if budget.period.is_rolling and before is not None:
        earlier = stand(budget, spent_of(budget, tuple(map(sub, amounts, asked.gained))))
        news, before = _crossed(asked, earlier, before)
    more, after = _crossed(asked, state, before)
    return Turn(standing, news + more, after)


def _crossed(asked: Asked, state: BudgetState, before: Marks | None) -> tuple[list[Crossing], Marks]:
    return crossed(asked.budget, asked.value, before, asked.window.start, state)
