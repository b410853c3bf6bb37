"""Which thresholds of a budget have been crossed, so that each crossing is told of once.

State needs no memory, telling does: what was crossed is kept as marks, one row for each budget, value and
period, which a storage locks, passes through `crossed` and writes back in the transaction of its cause.
However many writers there are, a threshold is crossed once in a period, unless the state fell below it in
between, because events were amended or deleted, prices changed or the limit was raised. What is crossed again
then has the next *generation*: it is news, and the message of the first crossing must not swallow it as a
repeat. For the same reason a threshold that is taken out of a budget leaves its mark behind.
"""

from __future__ import annotations

from typing import Final

import msgspec

from farthing.rules.budget_state import BudgetState, is_reached
from farthing.rules.budgets import PPM, Budget

LIMIT: Final = 0
"""Stands for the limit itself where a threshold is named: exceeded, which is *above* and not at 100 %."""
_ROLLING_SLACK_PPM: Final = 100_000


class Mark(msgspec.Struct, frozen=True):
    """One threshold: how often it was crossed, and whether the last crossing still stands."""

    threshold_ppm: int
    generation: int
    is_above: bool


class Marks(msgspec.Struct, frozen=True):
    """What has been told of a budget (and of one value, where it has a limit for each) in a period.

    `period_start` is None for rolling periods, which have no beginning to start over at.
    """

    period_start: int | None
    marks: tuple[Mark, ...] = ()


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """News: a threshold was crossed upwards. Its fields together are the idempotency key of its message."""

    budget_id: int
    value: str | None
    period_start: int | None
    threshold_ppm: int
    generation: int

    @property
    def is_limit(self) -> bool:
        """Whether it is the limit that was crossed."""
        return self.threshold_ppm == LIMIT


def crossed(
    budget: Budget, value: str | None, before: Marks | None, period_start: int, after: BudgetState
) -> tuple[list[Crossing], Marks]:
    """What is news now, thresholds ascending and the limit last, and the marks to keep in place of `before`.

    `before` is what the last call for this budget and value gave, None at first; marks of an earlier period
    are as good as none. `period_start` is that of the window which `after` is of.
    """
    start = None if budget.period.is_rolling else period_start
    known = {m.threshold_ppm: m for m in before.marks} if before and before.period_start == start else {}
    news, marks = [], []
    asked = (*budget.thresholds_ppm, LIMIT)
    for ppm in asked:
        was = known.get(ppm, Mark(ppm, 0, is_above=False))
        is_new = not was.is_above and _is_above(ppm, after)
        is_above = is_new or (was.is_above and _stays_above(budget, ppm, after))
        mark = Mark(ppm, was.generation + is_new, is_above)
        marks.append(mark)
        if is_new:
            news.append(_crossing(budget, value, start, mark))
    gone = [Mark(ppm, was.generation, is_above=False) for ppm, was in known.items() if ppm not in asked]
    return news, Marks(start, (*marks, *gone))


def _crossing(budget: Budget, value: str | None, start: int | None, mark: Mark) -> Crossing:
    return Crossing(
        budget_id=budget.id,
        value=value,
        period_start=start,
        threshold_ppm=mark.threshold_ppm,
        generation=mark.generation,
    )


def _is_above(ppm: int, state: BudgetState) -> bool:
    if ppm == LIMIT:
        return state.is_exceeded
    return is_reached(state.spent, state.limit, ppm)


def _stays_above(budget: Budget, ppm: int, state: BudgetState) -> bool:
    """Whether a threshold that was crossed still counts as crossed.

    A rolling sum also falls because time passes, and one that hovers about a threshold would be news at every
    turn: there a crossing stands until a tenth of the threshold is free again.
    """
    if _is_above(ppm, state):
        return True
    share = ppm or PPM
    slack = share * _ROLLING_SLACK_PPM // PPM if budget.period.is_rolling else 0
    return slack > 0 and is_reached(state.spent, state.limit, share - slack)
