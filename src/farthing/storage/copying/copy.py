"""Make one database equal to another, table by table, and see by the sums of days that it is.

What is equal already stays, so that a copy goes on where it ended, and one of a database that is being served
can be followed by a short one when it is served no more.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from farthing.storage.contract import StorageUnusableError
from farthing.storage.copying.sides import DatabaseSide, DaySum, Source, Target
from farthing.storage.copying.tables import TABLES, CopiedTable, Key, Row

_BY_NAME: Final = {table.name: table for table in TABLES}

Told = Callable[[str, int, int], None]
"""Takes a table, how many of its rows have been looked at, and how many there are."""


@dataclass(frozen=True)
class Copied:
    """What copying changed, and which days differ after it: none, unless something is wrong.

    `days` are those of the source. `differing` holds what the source and the copy have of a day.
    """

    inserted: int
    removed: int
    days: list[DaySum]
    differing: list[tuple[DaySum | None, DaySum | None]]


async def copy_database(
    source: DatabaseSide, target: DatabaseSide, *, may_replace: bool, told: Told
) -> Copied:
    """Make the target equal to the source as it is now; the source may be served meanwhile.

    With `may_replace` the target is emptied first, a file put aside. Otherwise StorageUnusableError is raised
    when it holds what the source has not.
    """
    inserted = removed = 0
    async with source.reading() as new, target.writing(anew=may_replace) as out:
        if not may_replace:
            async with target.reading() as old:
                await _require_older(new, old)
        await out.mark_unfinished()
        for table in TABLES:
            async with target.reading() as old:
                more, less = await _copy(table, new, old, out, told)
            inserted, removed = inserted + more, removed + less
        await out.settle()
        days = await new.day_sums()
        async with target.reading() as copy:
            differing = _differing(days, await copy.day_sums())
    return Copied(inserted, removed, days, differing)


async def _require_older(new: Source, old: Source) -> None:
    """Refuse to write over workspaces or calls that the source does not have."""
    lost = await _column(old, "workspace", "public_id") - await _column(new, "workspace", "public_id")
    if lost:
        raise StorageUnusableError(
            f"{old.name} holds {len(lost)} workspaces that {new.name} does not have, such as {min(lost)};"
            " --replace removes them"
        )
    last, newest = await _last_request_id(old), await _last_request_id(new)
    if last > newest:
        raise StorageUnusableError(
            f"{old.name} has given out {last:,} request ids and {new.name} {newest:,}: it is the newer one;"
            " --replace writes over it all the same"
        )


async def _column(side: Source, table: str, column: str) -> set[str]:
    place = _BY_NAME[table].columns.index(column)
    return {row[place] async for rows in side.rows(_BY_NAME[table]) for row in rows}


async def _last_request_id(side: Source) -> int:
    counters = {row[0]: row[1] async for rows in side.rows(_BY_NAME["counter"]) for row in rows}
    return int(counters.get("request_id", 0))


async def _copy(table: CopiedTable, new: Source, old: Source, out: Target, told: Told) -> tuple[int, int]:
    """How many rows went in, and how many out.

    All that has to go goes first: what comes may be told from it by its key only.
    """
    total = await new.count(table)
    inserted = removed = done = 0
    told(table.name, 0, total)
    if await old.count(table):
        async for _, _, gone in _differences(table, new.rows(table), old.rows(table)):
            await out.remove(table, [table.key_of(row) for row in gone])
            removed += len(gone)
    async for seen, come, _ in _differences(table, new.rows(table), old.rows(table)):
        await out.insert(table, come)
        inserted, done = inserted + len(come), done + seen
        told(table.name, done, total)
    await out.finish(table)
    return inserted, removed


async def _differences(
    table: CopiedTable, new: AsyncIterator[list[Row]], old: AsyncIterator[list[Row]]
) -> AsyncIterator[tuple[int, list[Row], list[Row]]]:
    """Stretch by stretch: how many new rows it has, and the rows that only the new and only the old have."""
    ours, theirs = _Ahead(table, new), _Ahead(table, old)
    while True:
        ends = [end for end in (await ours.end(), await theirs.end()) if end is not None]
        if not ends:
            return
        come, gone = ours.take(min(ends)), theirs.take(min(ends))
        if come == gone:
            yield len(come), [], []
        else:
            yield len(come), _without(come, gone), _without(gone, come)


def _without(rows: list[Row], others: list[Row]) -> list[Row]:
    there = set(others)
    return [row for row in rows if row not in there]


class _Ahead:
    """Rows in the order of their keys, read some at a time."""

    def __init__(self, table: CopiedTable, rows: AsyncIterator[list[Row]]) -> None:
        self._key_of = table.key_of
        self._more = rows
        self._rows: list[Row] = []

    async def end(self) -> Key | None:
        """The last key that has been read; None when all rows are taken."""
        if not self._rows:
            self._rows = await anext(self._more, [])
        return self._key_of(self._rows[-1]) if self._rows else None

    def take(self, until: Key) -> list[Row]:
        """The rows that have been read, up to a key."""
        place = bisect_right(self._rows, until, key=self._key_of)
        taken, self._rows = self._rows[:place], self._rows[place:]
        return taken


def _differing(days: list[DaySum], copied: list[DaySum]) -> list[tuple[DaySum | None, DaySum | None]]:
    ours, theirs = (
        {(day.workspace_id, day.data_mode, day.day): day for day in each} for each in (days, copied)
    )
    places = sorted(ours.keys() | theirs.keys())
    return [(ours.get(at), theirs.get(at)) for at in places if ours.get(at) != theirs.get(at)]
