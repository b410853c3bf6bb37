"""What copying needs of a database to read from, and of one to write to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from farthing.rules.periods import DAY_MS
from farthing.rules.usage import TOKEN_UNITS
from farthing.storage.copying.tables import CopiedTable, Key, Row

_MILLION: Final = 1_000_000
_TOKENS: Final = " + ".join(TOKEN_UNITS)
_SUMMED: Final = ("COALESCE(cost_picousd, 0)", f"({_TOKENS})")
DAY_SUMS: Final = (
    f"SELECT workspace_id, data_mode, occurred_at / {DAY_MS}, COUNT(*), "
    + ", ".join(f"SUM({each} / {_MILLION}), SUM({each} % {_MILLION})" for each in _SUMMED)
    + " FROM usage_event GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)
"""Sums by workspace, data mode and UTC day; each in two parts, so that none leaves 64 bits."""


@dataclass(frozen=True)
class DaySum:
    """What was called on a UTC day (days since 1970), in one data mode of a workspace."""

    workspace_id: int
    data_mode: int
    day: int
    request_count: int
    cost_picousd: int
    token_count: int


def day_sum(row: Sequence[int]) -> DaySum:
    """A row of DAY_SUMS."""
    workspace_id, data_mode, day, count, *parts = map(int, row)
    cost, tokens = (high * _MILLION + low for high, low in zip(parts[::2], parts[1::2], strict=True))
    return DaySum(workspace_id, data_mode, day, count, cost, tokens)


class Source(Protocol):
    """A database as it was at one instant, whatever is written to it meanwhile."""

    name: str

    async def count(self, table: CopiedTable) -> int:
        """How many rows a table has."""
        ...

    def rows(self, table: CopiedTable) -> AsyncIterator[list[Row]]:
        """Its rows, some thousand at a time, by key ascending; texts by their UTF-8 bytes."""
        ...

    async def day_sums(self) -> list[DaySum]:
        """The sums of all stored calls."""
        ...


class Target(Protocol):
    """A database that is written to, one table after another."""

    async def mark_unfinished(self) -> None:
        """Note that this is a copy that is not finished, so that nobody serves it. It is on disk then."""
        ...

    async def remove(self, table: CopiedTable, keys: list[Key]) -> None:
        """Remove the rows with these keys."""
        ...

    async def insert(self, table: CopiedTable, rows: list[Row]) -> None:
        """Insert rows whose keys are not there."""
        ...

    async def finish(self, table: CopiedTable) -> None:
        """The table is as it shall be: new rows get numbers after those that are there."""
        ...

    async def settle(self) -> None:
        """All is written: see that it is on disk, and that the next readers are quick."""
        ...


class DatabaseSide(Protocol):
    """A database that can be read from at one instant, and written to."""

    def reading(self) -> AbstractAsyncContextManager[Source]:
        """Read it as it is now. Raises StorageError."""
        ...

    def writing(self, *, anew: bool) -> AbstractAsyncContextManager[Target]:
        """Write to it while nobody serves it. It gets this release's schema.

        `anew` empties it before, or puts it aside where it is a file. Raises StorageError.
        """
        ...
