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
        await _keep_up(parts, workspace_id)
    begun_before = parts.clock.now() - _ABANDONED_MS
    await _in_steps(lambda: parts.storage.forget_budget_counts(begun_before, _STEP_CELLS))


async def _keep_up(parts: Parts, workspace_id: int) -> None:
    """All budgets in one change, because processes read them anew after each."""
    before = await parts.storage.budgets(workspace_id)
    estimates = any(of.unpriced == "highest_known" for of in before)
    rate = await highest_token_price(parts, workspace_id) if estimates else 0
    now = parts.clock.now()
    pairs = [(of, _kept_up(of, rate, now)) for of in before]
    changed = [after for of, after in pairs if after != of]
    if changed:
        await parts.change(partial(_change, changed))
    for of in await parts.storage.budgets(workspace_id):
        await _in_steps(partial(parts.storage.trim_budget, of, _STEP_CELLS))


def _kept_up(of: Budget, rate: int, now: int) -> Budget:
    estimate = rate if of.unpriced == "highest_known" else of.unpriced_rate_picousd
    since = max(of.counted_from or 0, counted_since(of, now))
    return replace(of, unpriced_rate_picousd=estimate, counted_from=since)


async def _in_steps(step: Callable[[], Awaitable[int]]) -> None:
    """Take a step until there is nothing left, and let others in between."""
    while True:
        if not await step():
            return
        await asyncio.sleep(_PAUSE_SECONDS)


async def _change(every: list[Budget], changes: Changes) -> None:
    """One that somebody has just changed stays as it is, and has its turn next time."""
    for after in every:
        await changes.change_budget(after)


def counted_since(of: Budget, now: int) -> int:
    """The instant before which nothing has to be known of a budget any more.

    A rolling one needs its window alone, and moves on once a day; one with a single limit keeps what it has,
    which is little.
    """
    if of.period.is_rolling:
        start = of.window(now - DAY_MS).start
        return start - start % DAY_MS
    return 0 if of.per is None else of.window(min(now - _KEPT_DAYS * DAY_MS, of.window(now).start - 1)).start


KEEP_UP_BUDGETS: Final = Schedule("keep_up_budgets", HOUR_MS, keep_up_budgets)
