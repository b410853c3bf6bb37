"""The turn to feed the copy: one process has it at a time, server or command, and keeps it step by step.

Two that feed at once would do each other's work again, and nothing worse.
"""

from __future__ import annotations

from typing import Final

from farthing.clock import Clock
from farthing.storage.contract.upkeep import UpkeepStore

_NAME: Final = "analytics_copy"
_TURN_MS: Final = 10_000
"""Whoever is killed keeps others waiting for so long."""
_STEP_MS: Final = 5_000
"""A step begins only with so much of the turn ahead of it."""


class Turn:
    """One process's claim on the turn."""

    def __init__(self, storage: UpkeepStore, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._until = 0

    async def take(self) -> bool:
        """Have it, long enough for a step: take or keep it. False while another has it."""
        now = self._clock.now()
        if now + _STEP_MS <= self._until:
            return True
        until = now + _TURN_MS
        kept = self._until and await self._storage.move_turn(_NAME, self._until, until)
        is_ours = bool(kept) or await self._storage.claim(_NAME, now, until)
        self._until = until if is_ours else 0
        return is_ours

    async def end(self) -> None:
        """Let another have it."""
        if self._until:
            await self._storage.move_turn(_NAME, self._until, self._clock.now())
            self._until = 0

    async def ends_at(self) -> int:
        """Up to when it is taken, unless whoever has it keeps it."""
        return (await self._storage.turns()).get(_NAME, 0)
