"""Turns, and what is cleared away, in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from farthing.storage.memory.people import MemoryPeople

K = TypeVar("K")
V = TypeVar("V")

_NEVER: Final = 2**63


class MemoryUpkeep(MemoryPeople):
    """Keeps `UpkeepStore`."""

    def __init__(self) -> None:
        super().__init__()
        self._turns: dict[str, int] = {}

    async def claim(self, name: str, now: int, until: int) -> bool:
        self.require_open()
        if self._turns.get(name, now) > now:
            return False
        self._turns[name] = until
        return True

    async def turns(self) -> dict[str, int]:
        self.require_open()
        return dict(self._turns)

    async def move_turn(self, name: str, before: int, after: int) -> bool:
        self.require_open()
        if self._turns.get(name) != before:
            return False
        self._turns[name] = after
        return True

    async def forget_ended(self, before: int) -> int:
        self.require_open()
        return (
            _drop(self._sessions, lambda session: session.expires_at < before)
            + _drop(self._resets, lambda reset: reset.expires_at < before)
            + _drop(self._invitations, lambda each: min(each.expires_at, each.ended_at or _NEVER) < before)
        )


def _drop(kept: dict[K, V], is_over: Callable[[V], bool]) -> int:
    gone = [key for key, value in kept.items() if is_over(value)]
    for key in gone:
        del kept[key]
    return len(gone)
