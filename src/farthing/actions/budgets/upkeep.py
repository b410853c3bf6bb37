"""What is done by itself for budgets: old cells go, what nobody counts goes, and estimates follow prices."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog
from msgspec.structs import replace

from farthing.actions.budgets.highest_price import highest_token_price
from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.budgets import Budget
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.storage.contract import Changes

log = structlog.get_logger(__name__)

_STEP_CELLS: Final = 2_000
_PAUSE_SECONDS: Final = 0.05
_ABANDONED_MS: Final = HOUR_MS
"""What was begun longer ago and not kept never will be."""
_KEPT_DAYS: Final = 35
"""How far back budgets with a limit for each value count late calls: they may have cells by the million."""


async def keep_up_budgets(parts: Parts) -> None:
    """Bring the budgets of all workspaces up to date, in steps between which calls are recorded."""
    for workspace_id in await parts.storage.budgeting_workspaces():
        for of in await parts.storage.budgets(workspace_id):
            await _keep_up(parts, of)
    begun_before = parts.clock.now() - _ABANDONED_MS
    await _in_steps(lambda: parts.storage.forget_budget_counts(begun_before, _STEP_CELLS))


async def _keep_up(parts: Parts, of: Budget) -> None:
    rate = of.unpriced_rate_picousd
    if of.unpriced == "highest_known":
        rate = await highest_token_price(parts, of.workspace_id)
    since = max(of.counted_from or 0, counted_since(of, parts.clock.now()))
    after = replace(of, unpriced_rate_picousd=rate, counted_from=since)
    if after != of and await parts.change(partial(_change, after)) is None:
        return  # somebody has just changed it: it has its turn next time
    await _in_steps(lambda: parts.storage.trim_budget(after, _STEP_CELLS))


async def _in_steps(step: Callable[[], Awaitable[int]]) -> None:
    """Take a step until there is nothing left, and let others in between."""
    while True:
        if not await step():
            return
        await asyncio.sleep(_PAUSE_SECONDS)


async def _change(after: Budget, changes: Changes) -> Budget | None:
    return await changes.change_budget(after)


def counted_since(of: Budget, now: int) -> int:
    """The instant before which nothing has to be known of a budget any more.

    A rolling one needs its window alone; one with a single limit keeps what it has, which is little.
    """
    if of.period.is_rolling:
        return of.window(now - DAY_MS).start
    return 0 if of.per is None else of.window(min(now - _KEPT_DAYS * DAY_MS, of.window(now).start - 1)).start


KEEP_UP_BUDGETS: Final = Schedule("keep_up_budgets", HOUR_MS, keep_up_budgets)
