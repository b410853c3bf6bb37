"""What an ingest is told of budgets: flags, advice, and how each stands that its call is part of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, Literal, NamedTuple

import msgspec

from farthing.actions.parts import Parts
from farthing.api.budget_items import touched_budget
from farthing.api.errors import BUDGET_HARD_STOP
from farthing.rules.budget_counts import Standing

Advice = Literal["none", "block"]
HARD_STOP_STATUS, HARD_STOP = BUDGET_HARD_STOP
_ENCODER: Final = msgspec.json.Encoder()
_NO_BUDGETS: Final = msgspec.Raw(b"[]")
_KEPT_MAX: Final = 256

Standings = tuple[Standing, ...]


class BudgetNews(NamedTuple):
    """What standings come to. `stopping` names the first budget in strict mode that is exceeded.

    `budgets` are TouchedBudgets as they are sent: encoded once, for all calls that share them.
    """

    budgets: Any
    is_warning: bool
    is_exceeded: bool
    enforcement: Advice
    stopping: str | None


NO_NEWS: Final = BudgetNews(_NO_BUDGETS, False, False, "none", None)


class BudgetTeller:
    """Says what standings come to. Calls that were stored together and touch the same share the answer."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._kept: dict[int, tuple[Standings, BudgetNews]] = {}

    def news(self, standings: Standings) -> BudgetNews:
        """What they come to."""
        if not standings:
            return NO_NEWS
        kept = self._kept.get(id(standings))
        if kept is not None:
            return kept[1]
        if len(self._kept) >= _KEPT_MAX:
            self._kept.clear()
        # With the tuple itself, so that no other one can come to have its number.
        self._kept[id(standings)] = standings, self._made(standings)
        return self._kept[id(standings)][1]

    def news_of_all(self, some: Iterable[Standings]) -> BudgetNews:
        """What the standings of several calls come to, each named once."""
        distinct = {id(each): each for each in some if each}
        found = {(of.budget.id, of.value, of.window.start): of for each in distinct.values() for of in each}
        return self._made(tuple(found.values())) if found else NO_NEWS

    def _made(self, standings: Standings) -> BudgetNews:
        now, outlooks = self._parts.clock.now(), self._parts.outlooks
        told = [touched_budget(each, outlooks.known(each, now)) for each in standings]
        exceeded = [each.budget for each in standings if each.state.is_exceeded]
        return BudgetNews(
            msgspec.Raw(_ENCODER.encode(told)),
            any(each.state.is_warning for each in standings),
            bool(exceeded),
            "block" if any(of.enforced != "none" for of in exceeded) else "none",
            next((of.name for of in exceeded if of.enforced == "strict"), None),
        )
