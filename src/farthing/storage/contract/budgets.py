"""Budgets, what is counted for them, and how they stand.

What an event adds to budgets is written in the transaction that stores, corrects or re-prices it; so are the
messages of thresholds that are crossed by it.

A budget that is new, or about something else than before, is set up in steps, so that nobody waits for the
question of what its events add up to. A *count* is begun; what a snapshot adds up to is put into it; then one
change keeps the budget with it, adding the events that were recorded since. What was begun and never kept is
forgotten some time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from farthing.rules.budget_counts import Amounts, Cell, Standing
from farthing.rules.budget_marks import Marks
from farthing.rules.budget_room import Gate
from farthing.rules.budgets import Budget
from farthing.rules.events import UsageEvent


@dataclass(frozen=True)
class Seed:
    """A count that holds what a snapshot added up to: its last event, and its `rewrite_count`."""

    count_id: int
    last_request_id: int
    rewrite_count: int


class BudgetSnapshot(Protocol):
    """What a snapshot says to whoever fills a count from it."""

    async def rewrite_count(self, workspace_id: int) -> int:
        """How often stored calls of the workspace have been changed: a greater number is another past."""
        ...


class BudgetChanges(Protocol):
    """Changes of budgets."""

    async def add_budget(self, new: Budget, seed: Seed) -> Budget:
        """Keep a budget with its count (its `id` and `count_id` are ignored and given).

        Raises AlreadyExistsError when the workspace has one of that name, or with its slot, and
        RewrittenError when calls were changed since the snapshot of `seed`.
        """
        ...

    async def change_budget(self, after: Budget, seed: Seed | None = None) -> Budget | None:
        """Keep `after` as its next version; None when it was changed since `after` was read.

        With a seed it gets another count, which it needs when it is about something else than before. One
        that was removed counts no more. Raises as `add_budget`.
        """
        ...


class BudgetStore(Protocol):
    """What there is of them."""

    async def budgets(self, workspace_id: int) -> list[Budget]:
        """Those of a workspace that were not removed, in the order they were made."""
        ...

    async def budget(self, workspace_id: int, budget_id: int) -> Budget | None:
        """One of them."""
        ...

    async def standings(
        self,
        workspace_id: int,
        now: int,
        budget_id: int | None = None,
        value_count_max: int = 20,
        *,
        slots_only: bool = False,
    ) -> list[Standing]:
        """How budgets stand in the periods that hold `now`: all, or one, or those with a slot.

        A budget with a limit for each value has a standing for each that has any event in the period, most
        used first, up to so many; one without has exactly one.
        """
        ...

    async def past_standings(self, workspace_id: int, budget_id: int, limit: int) -> list[Standing]:
        """How a budget stood in the periods that it has counted, newest first; a rolling one has none."""
        ...

    async def budget_gate(self, event: UsageEvent, now: int) -> Gate:
        """What a call like this would find now; nothing is held for it."""
        ...

    async def reserve_budget(self, event: UsageEvent, now: int, expires_at: int) -> Gate:
        """Hold what a call like this wants of every budget that it is part of, until `expires_at`.

        Nothing is held, and there is no reservation id, when a budget that is enforced has no room for it
        beside what is held already; of any number of askers no more are let through than fit.
        """
        ...

    async def settle_budget(self, workspace_id: int, reservation_id: int) -> bool:
        """Hold nothing for it any more; False when the workspace has no such reservation (any more)."""
        ...

    async def begin_budget_count(self, workspace_id: int, now: int) -> int:
        """Make a count that no budget has yet; returns its number."""
        ...

    async def seed_budget(
        self,
        of: Budget,
        cells: Mapping[Cell, Amounts],
        marks: Sequence[tuple[str | None, Marks]],
    ) -> None:
        """Put sums, and by value what is marked already, into `of.count_id`, which no budget has yet."""
        ...

    async def budgeting_workspaces(self) -> list[int]:
        """The workspaces that have budgets."""
        ...

    async def trim_budget(self, of: Budget, cell_count_max: int) -> int:
        """Drop some of what was counted before `of.counted_from`; returns how many cells and marks went."""
        ...

    async def forget_budget_counts(self, begun_before: int, cell_count_max: int) -> int:
        """Drop some of what was counted for no budget, or for none any more; returns how many cells went."""
        ...
