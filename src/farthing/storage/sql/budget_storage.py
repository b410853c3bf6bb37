"""Budgets of a storage on SQL: changes over one transaction, the rest each in its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from farthing.rules.budget_counts import Amounts, Cell, Standing
from farthing.rules.budget_marks import Marks
from farthing.rules.budget_room import Gate
from farthing.rules.budget_tally import BudgetBook, Tally
from farthing.rules.budgets import Budget
from farthing.rules.events import UsageEvent
from farthing.storage.contract import RewrittenError
from farthing.storage.contract.budgets import Seed
from farthing.storage.sql import budget_effects, budget_holds, budgets, marks
from farthing.storage.sql.events import EventStore
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlBudgetChanges:
    """Keeps `storage.contract.BudgetChanges`, where every method is described."""

    _tx: Transaction
    _store: EventStore

    async def add_budget(self, new: Budget, seed: Seed) -> Budget:
        added = await budgets.add(self._tx, replace(new, count_id=seed.count_id))
        await self._catch_up(added, seed)
        return added

    async def change_budget(self, after: Budget, seed: Seed | None = None) -> Budget | None:
        if seed is not None:
            after = replace(after, count_id=seed.count_id)
        changed = await budgets.change(self._tx, after)
        if changed is not None and seed is not None:
            await self._catch_up(changed, seed)
        return changed

    async def _catch_up(self, of: Budget, seed: Seed) -> None:
        """Count what was recorded since the snapshot of the seed; the row of the request ids is held."""
        if await marks.rewrite_count(self._tx, of.workspace_id) != seed.rewrite_count:
            raise RewrittenError("calls were corrected or priced anew while they were being added up")
        since = await self._store.recorded_after(self._tx, of.workspace_id, seed.last_request_id)
        if not since:
            return
        now = max(stored.event.received_at for stored in since)
        # Not from the process's memory of budgets: what this change leaves is not committed yet.
        tally = Tally(BudgetBook([of]), now)
        for stored in since:
            tally.add(stored.event)
        await budget_effects.apply(self._tx, of.workspace_id, tally, now)


class SqlBudgetStorage:
    """Keeps `storage.contract.BudgetStore`, where every method is described."""

    _store: EventStore

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

    async def budgets(self, workspace_id: int) -> list[Budget]:
        return await self._read(lambda tx: budgets.of_workspace(tx, workspace_id))

    async def budget(self, workspace_id: int, budget_id: int) -> Budget | None:
        return await self._read(lambda tx: budgets.one(tx, workspace_id, budget_id))

    async def standings(
        self,
        workspace_id: int,
        now: int,
        budget_id: int | None = None,
        value_count_max: int = 20,
        *,
        slots_only: bool = False,
    ) -> list[Standing]:
        async def work(tx: Transaction) -> list[Standing]:
            every = await budgets.of_workspace(tx, workspace_id)
            asked = [
                each
                for each in every
                if budget_id in (None, each.id) and (each.slot is not None or not slots_only)
            ]
            return await budgets.standings(tx, workspace_id, now, asked, value_count_max)

        return await self._read(work)

    async def past_standings(self, workspace_id: int, budget_id: int, limit: int) -> list[Standing]:
        async def work(tx: Transaction) -> list[Standing]:
            found = await budgets.one(tx, workspace_id, budget_id)
            return [] if found is None else await budgets.past(tx, found, limit)

        return await self._read(work)

    async def budget_gate(self, event: UsageEvent, now: int) -> Gate:
        # It writes no more than the name of a value that was never seen.
        return await self._write(lambda tx: budget_holds.gate(tx, self._store.budgets, event, now))

    async def reserve_budget(self, event: UsageEvent, now: int, expires_at: int) -> Gate:
        books = self._store.budgets
        return await self._write(lambda tx: budget_holds.reserve(tx, books, event, now, expires_at))

    async def settle_budget(self, workspace_id: int, reservation_id: int) -> bool:
        return await self._write(lambda tx: budget_holds.settle(tx, workspace_id, reservation_id))

    async def begin_budget_count(self, workspace_id: int, now: int) -> int:
        return await self._write(lambda tx: budgets.begin_count(tx, workspace_id, now))

    async def seed_budget(
        self,
        of: Budget,
        cells: Mapping[Cell, Amounts],
        marks: Sequence[tuple[str | None, Marks]],
    ) -> None:
        await self._write(lambda tx: budgets.seed(tx, of, cells, marks))

    async def budgeting_workspaces(self) -> list[int]:
        return await self._read(budgets.budgeting)

    async def trim_budget(self, of: Budget, cell_count_max: int) -> int:
        return await self._write(lambda tx: budgets.trim(tx, of, cell_count_max))

    async def forget_budget_counts(self, begun_before: int, cell_count_max: int) -> int:
        return await self._write(lambda tx: budgets.forget_counts(tx, begun_before, cell_count_max))
