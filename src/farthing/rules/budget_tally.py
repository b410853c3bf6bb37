"""What a group of changed events does to the budgets of a workspace, worked out for all of them at once.

A thousand events alike cost one change of each cell: events are added up by the budgets they touch and the
quarter hour they are of, and only these sums go to each budget.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import add
from typing import Final

from farthing.rules.budget_counts import NOTHING, Amounts, Cell, amounts_of, cells_of
from farthing.rules.budget_index import BudgetIndex, text
from farthing.rules.budgets import Budget
from farthing.rules.events import UsageEvent
from farthing.rules.periods import QUARTER_MS, Window

_WINDOWS_MAX: Final = 65_536

Place = tuple[int, str | None, int]
"""(budget id, value, start of the period): what there is one state of."""
_Values = tuple[str, ...]
_Key = tuple[int, _Values]
"""(quarter, values of the dimensions that budgets have limits for each of)."""


class BudgetBook:
    """The budgets of a workspace, ready to be asked. It is a value: after a change another one is made."""

    def __init__(self, budgets: Iterable[Budget]) -> None:
        self.budgets = tuple(budgets)
        self.per_of = {each.count_id: each.per for each in self.budgets}
        self._index = BudgetIndex(self.budgets)
        self._windows: dict[tuple[int, int], Window] = {}

    def touched(self, event: UsageEvent) -> tuple[Budget, ...]:
        """The budgets that the event counts for."""
        return self._index.touched(event)

    def window(self, budget: Budget, quarter: int) -> Window:
        """The period of the budget that holds a quarter hour (numbered since 1970)."""
        key = budget.id, quarter
        found = self._windows.get(key)
        if found is None:
            if len(self._windows) >= _WINDOWS_MAX:
                self._windows.clear()
            found = self._windows[key] = budget.window(quarter * QUARTER_MS)
        return found


class _Alike:
    """Events that touch the same budgets: their sums by quarter and value."""

    def __init__(self, budgets: tuple[Budget, ...]) -> None:
        self.budgets = budgets
        self.pers = tuple(dict.fromkeys(each.per for each in budgets if each.per is not None))
        self.sums: dict[_Key, list[int]] = {}
        self.places: dict[_Key, tuple[Place, ...]] = {}

    def key(self, event: UsageEvent) -> _Key:
        values = tuple([text(event, per) for per in self.pers]) if self.pers else ()
        return event.occurred_at // QUARTER_MS, values

    def value(self, budget: Budget, values: _Values) -> str | None:
        return None if budget.per is None else values[self.pers.index(budget.per)]


Token = tuple[_Alike, _Key] | None
"""What `places` tells of an event by."""


class Asked:
    """A state that is asked for: `gained` is what this group added to the period of a rolling budget."""

    __slots__ = ("budget", "gained", "value", "window")

    def __init__(self, budget: Budget, value: str | None, window: Window, gained: Amounts) -> None:
        self.budget = budget
        self.value = value
        self.window = window
        self.gained = gained


class Tally:
    """Add and take events, then `close`, then read `cells`, `asked` and `places`.

    `now` is when rolling periods are looked at: they end with the quarter hour that holds it.
    """

    def __init__(self, book: BudgetBook, now: int) -> None:
        self.book = book
        self._now = now // QUARTER_MS
        self._alike: dict[int, _Alike] = {}
        self.cells: dict[Cell, Amounts] = {}
        self.asked: dict[Place, Asked] = {}

    def add(self, event: UsageEvent, *, sign: int = 1) -> Token:
        """Count an event, or with -1 as a sign count it no more."""
        token = self.ask(event)
        if token is not None:
            alike, key = token
            added = amounts_of(event) if sign == 1 else [-each for each in amounts_of(event)]
            alike.sums[key] = list(map(add, alike.sums[key], added))
        return token

    def ask(self, event: UsageEvent) -> Token:
        """Ask how the budgets stand that an event touches, without counting it."""
        budgets = self.book.touched(event)
        if not budgets:
            return None
        alike = self._alike.get(id(budgets))
        if alike is None:
            # It holds the tuple, so that no other one can have its number.
            alike = self._alike[id(budgets)] = _Alike(budgets)
        key = alike.key(event)
        if key not in alike.sums:
            alike.sums[key] = list(NOTHING)
        return alike, key

    def close(self) -> None:
        """Work out what each cell gains, and which states are asked for."""
        for alike in self._alike.values():
            for key, sums in alike.sums.items():
                gained = tuple(sums)
                found = [self._place(alike, budget, key, gained) for budget in alike.budgets]
                alike.places[key] = tuple([place for place in found if place is not None])

    def places(self, token: Token) -> tuple[Place, ...]:
        """Of which states an event is part: a rolling period that does not hold it has none."""
        if token is None:
            return ()
        alike, key = token
        return alike.places[key]

    def _place(self, alike: _Alike, budget: Budget, key: _Key, sums: Amounts) -> Place | None:
        """Count the sums for one budget; the place whose state they are part of."""
        quarter, values = key
        value, at = alike.value(budget, values), quarter * QUARTER_MS
        window = self.book.window(budget, self._now if budget.period.is_rolling else quarter)
        if sums != NOTHING:
            for cell in cells_of(budget, value, window, at):
                before = self.cells.get(cell)
                self.cells[cell] = sums if before is None else tuple(map(add, before, sums))
        if not window.start <= at < window.end:
            return None
        place = budget.id, value, window.start
        asked = self.asked.get(place)
        if asked is None:
            self.asked[place] = Asked(budget, value, window, sums)
        else:
            asked.gained = tuple(map(add, asked.gained, sums))
        return place
