"""Forecasts of budgets, as one process knows them: made beside what is asked, and a few minutes old at most.

Whoever answers a call takes what is there. What was asked for lately is made anew every few minutes, one
after the other, so that ten thousand budgets make nobody wait.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from functools import partial
from typing import Any, Final

from farthing.actions.budgets.outlook import Outlook, outlook
from farthing.actions.repeating import Repeating
from farthing.rules.budget_counts import Standing
from farthing.rules.budget_news import expected_message
from farthing.rules.forecast import Forecast, not_below
from farthing.storage.budget_paths import investigation

Key = tuple[int, str | None, int, int]
"""(count id, value, start of the period, limit)."""
_KNOWN_MAX: Final = 2_000
"""Of so many the newest are known; the others are made when somebody looks at them."""
_FRESH_MS: Final = 5 * 60_000
_WANTED_MS: Final = 15 * 60_000
_PAUSE_SECONDS: Final = 2.0


class _Kept:
    """A forecast, when it was made, and when somebody last asked for it."""

    __slots__ = ("asked_at", "found", "is_told", "made_at", "standing")

    def __init__(self, standing: Standing, now: int) -> None:
        self.standing = standing
        self.found: Outlook | None = None
        self.made_at = 0
        self.asked_at = now
        self.is_told = False


class OutlookDesk:
    """The forecasts of one process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._renewing: Repeating | None = None

    def known(self, standing: Standing, now: int) -> Outlook | None:
        """The forecast for a standing as far as one is known; without one it is made soon."""
        key = _key(standing)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(standing, now)
            if len(self._kept) > _KNOWN_MAX:
                self._kept.popitem(last=False)
        kept.standing, kept.asked_at = standing, now
        return None if kept.found is None else _now(kept.found, standing)

    async def fresh(self, parts: Any, standing: Standing) -> Outlook:
        """The forecast for a standing, made now if it is not known or old."""
        now = parts.clock.now()
        self.known(standing, now)
        kept = self._kept[_key(standing)]
        if kept.found is None or now - kept.made_at > _FRESH_MS:
            kept.found, kept.made_at = await outlook(parts, standing), now
        return _now(kept.found, standing)

    async def start(self, parts: Any) -> None:
        """Begin to make forecasts beside what is asked."""
        self._renewing = Repeating("outlook-desk", _PAUSE_SECONDS, partial(self.renew, parts))
        self._renewing.start()

    async def stop(self) -> None:
        """Make no more."""
        if self._renewing is not None:
            await self._renewing.stop()

    async def renew(self, parts: Any) -> None:
        """Make what is old and still asked for, the longest unmade first, and tell what they say."""
        now = parts.clock.now()
        for key, kept in list(self._kept.items()):
            if now - kept.asked_at > _WANTED_MS:
                self._kept.pop(key, None)
        due = [kept for kept in self._kept.values() if now - kept.made_at > _FRESH_MS]
        for kept in sorted(due, key=lambda each: each.made_at):
            # First: one that fails is tried again only when the others have had their turn.
            kept.made_at = now
            kept.found = await outlook(parts, kept.standing)
            await asyncio.sleep(0)
        for kept in list(self._kept.values()):
            await _tell(parts, kept, now)


def _now(found: Outlook, standing: Standing) -> Outlook:
    """What was found, beside what is spent now."""
    return not_below(found, standing.state.spent) if isinstance(found, Forecast) else found


async def _tell(parts: Any, kept: _Kept, now: int) -> None:
    """Say once that a budget is expected to be exceeded; of several processes, one does."""
    if kept.is_told or not isinstance(kept.found, Forecast):
        return
    new = expected_message(kept.standing, kept.found, now, investigation)
    if new is not None:
        await parts.storage.change(lambda changes: changes.send(new))
        kept.is_told = True


def _key(standing: Standing) -> Key:
    budget = standing.budget
    return budget.count_id, standing.value, standing.window.start, budget.limit.amount
