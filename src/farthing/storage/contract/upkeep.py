"""What a storage offers to things that are done by themselves."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


class UpkeepStore(Protocol):
    """Whose turn it is, and clearing away what nobody can use any more."""

    async def claim(self, name: str, now: int, until: int) -> bool:
        """Take the turn called `name` up to `until` (UTC milliseconds), unless somebody has it at `now`."""
        ...

    async def turns(self) -> dict[str, int]:
        """Up to when each turn is taken that ever was, by its name."""
        ...

    async def move_turn(self, name: str, before: int, after: int) -> bool:
        """Let a turn that is taken up to `before` be so up to `after`; False when it is taken otherwise."""
        ...

    async def forget_ended(self, before: int) -> int:
        """Drop sessions, invitations and password links that were over before then; returns how many."""
        ...


@runtime_checkable
class SharedTime(Protocol):
    """The clock of a database that several servers work on. Others have none."""

    async def time(self) -> int:
        """UTC milliseconds, by the database."""
        ...


@runtime_checkable
class Distributable(Protocol):
    """A database that can be spread over machines. Others have none of it."""

    def distribution(self) -> list[str]:
        """The statements that do it, in order."""
        ...

    async def distribute(self) -> int:
        """Run those that were not run before; how many.

        Raises StorageUnusableError where the database lacks what that takes.
        """
        ...
