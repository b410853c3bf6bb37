"""Checking the copy against the ledger, day by day, and mending what differs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from farthing.actions.analytics.desk import Analytics
from farthing.rules.periods import DAY_MS, Window
from farthing.storage.contract import CopyUnavailableError
from farthing.storage.contract.copies import DaySums

_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.25


@dataclass
class Verified:
    """What was compared of a workspace so far: days that differ, by UTC day since 1970."""

    workspace_id: int
    day_count: int = 0
    day_total: int = 0
    row_count: int = 0
    differing: list[int] = field(default_factory=list)


async def compare(analytics: Analytics, workspace_id: int, extent: Window | None) -> AsyncIterator[Verified]:
    """Compare all days of a workspace, telling how far it is.

    `extent` holds the ledger's rows; the copy must have none outside it. Raises CopyUnavailableError, also
    when the copy lags so far, or changes so fast, that there is nothing to compare.
    """
    told = Verified(workspace_id)
    windows = _windows(extent)
    told.day_total = len(windows)
    for window in windows:
        ledger, copy = await _both(analytics, workspace_id, window)
        told.differing += sorted(day for day in {*ledger, *copy} if ledger.get(day) != copy.get(day))
        told.row_count += sum(row[0] for row in ledger.values())
        told.day_count += 1
        yield told


async def copy_again(analytics: Analytics, verified: Verified) -> int:
    """Have the days that differ copied again; returns how many rows wait to be."""
    keys = []
    for day in verified.differing:
        window = Window(day * DAY_MS, (day + 1) * DAY_MS)
        keys += await analytics.copy.keys_of(verified.workspace_id, window)
    return await analytics.ledger.note_days(verified.workspace_id, verified.differing, keys)


async def catch_up(analytics: Analytics) -> AsyncIterator[int]:
    """Copy until there is nothing to do; tells how many rows and changes each step was."""
    while not (step := await analytics.copying.step()).is_idle:
        yield step.row_count + step.change_count


async def _both(analytics: Analytics, workspace_id: int, window: Window) -> tuple[DaySums, DaySums]:
    """The sums of the ledger and of the copy, once both are of the same rows."""
    reason = "there is no copy yet"
    for _ in range(_TRIES):
        feed, ledger = await analytics.ledger.day_sums(workspace_id, window)
        try:
            if feed.is_on and not feed.change_count:
                return ledger, await analytics.copy.day_sums(workspace_id, window, feed)
            reason = f"{feed.change_count:,} changes are still to be applied to the copy"
        except CopyUnavailableError as error:
            reason = str(error)
        await asyncio.sleep(_PAUSE_SECONDS)
    raise CopyUnavailableError(f"the copy can't be compared now: {reason}")


def _windows(extent: Window | None) -> list[Window]:
    """The time before the ledger's rows, each day of them, and the time after."""
    if extent is None:
        return [Window(0, _END)]
    first, last = extent.start // DAY_MS, extent.end // DAY_MS + 1
    days = [Window(day * DAY_MS, (day + 1) * DAY_MS) for day in range(first, last)]
    return [Window(0, first * DAY_MS), *days, Window(last * DAY_MS, _END)]


_END: Final = 1 << 62
