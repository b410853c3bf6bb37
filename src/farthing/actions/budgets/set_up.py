"""Keeping a budget with what it has to count already, without anybody waiting for the adding up.

A snapshot is added up into a count of its own; then one change keeps the budget with it, and counts what was
recorded since. When calls were corrected or priced anew in between, it is begun again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from typing import Final, TypeVar

from msgspec.structs import replace

from farthing.actions.errors import ConflictError
from farthing.actions.parts import Parts
from farthing.reports.budget_seed import counted_from, seed_cells, seed_marks, seed_queries
from farthing.rules.budget_counts import Amounts, Cell
from farthing.rules.budget_marks import Marks
from farthing.rules.budgets import Budget
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import RewrittenError, Snapshot
from farthing.storage.contract.budgets import Seed

T = TypeVar("T")
_TRIES: Final = 8
_PAUSE_SECONDS: Final = 0.25
_STEP_CELLS: Final = 2_000
"""Adding so many holds the writer for some 20 ms."""


async def counted(parts: Parts, budget: Budget, keep: Callable[[Budget, Seed], Awaitable[T]]) -> T:
    """Fill a count for the budget, then `keep` it, as it counts, with the seed.

    `keep` is a change, and is called again after each RewrittenError. Raises ConflictError when there is no
    end of those.
    """
    for attempt in range(_TRIES):
        if attempt:
            await asyncio.sleep(_PAUSE_SECONDS)
        now = parts.clock.now()
        count_id = await parts.storage.begin_budget_count(budget.workspace_id, now)
        ready, seed, cells = await _added_up(parts, replace(budget, count_id=count_id), now)
        await _fill(parts, ready, cells, seed_marks(ready, cells, now))
        try:
            return await keep(ready, seed)
        except RewrittenError:
            continue
    raise ConflictError(
        "calls of this workspace are being corrected or priced anew; save the budget when that is done"
    )


async def _added_up(parts: Parts, budget: Budget, now: int) -> tuple[Budget, Seed, dict[Cell, Amounts]]:
    extent = await parts.storage.extent(budget.workspace_id)
    last = max(now + DAY_MS, 0 if extent is None else extent.end)

    async def work(snapshot: Snapshot) -> tuple[Budget, Seed, dict[Cell, Amounts]]:
        kept = await snapshot.retention(budget.workspace_id)
        ready = replace(budget, counted_from=counted_from(budget, now, kept))
        seed = Seed(
            budget.count_id,
            await snapshot.last_request_id(),
            await snapshot.rewrite_count(budget.workspace_id),
        )
        queries = seed_queries(ready, now, last)
        return ready, seed, seed_cells(ready, [(query, await snapshot.facts(query)) for query in queries])

    return await parts.storage.consistently(work)


async def _fill(
    parts: Parts, ready: Budget, cells: dict[Cell, Amounts], marks: Sequence[tuple[str | None, Marks]]
) -> None:
    """In steps, between which calls are recorded."""
    left = iter(cells.items())
    while some := dict(islice(left, _STEP_CELLS)):
        await parts.storage.seed_budget(ready, some, ())
    for start in range(0, len(marks), _STEP_CELLS):
        await parts.storage.seed_budget(ready, {}, marks[start : start + _STEP_CELLS])
