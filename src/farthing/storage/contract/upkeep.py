"""What a storage offers to things that are done by themselves."""

from __future__ import annotations

from typing import Protocol


class UpkeepStore(Protocol):
    """Whose turn it is, and clearing away what nobody can use any more."""

    async def claim(self, name: str, now: int, until: int) -> bool:
        """Take the turn called `name` up to `until` (UTC milliseconds), unless somebody has it at `now`."""
        ...

    async def turns(self) -> dict[str, int]:
        """Up to when each turn was taken the last time, by its name."""
        ...

    async def forget_ended(self, before: int) -> int:
        """Drop sessions, invitations and password links that were over before then; returns how many."""
        ...
