"""`python -m bench.round_trip --rows 5_000_000 --to URL`: to PostgreSQL and back while calls come in.

Each way is gone twice, as docs/moving.md has it: while calls are recorded, and once more when they are not.
Then every value of every row of every table has to be the same in both. Exits with 1 where one is not.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench import fill
from bench.options import default_cache
from bench.server import Installation, copied
from farthing import assembly
from farthing.actions.entry.credentials import digest
from farthing.clock import SystemClock
from farthing.rules.periods import HOUR_MS
from farthing.settings import Settings, load_settings
from farthing.storage.copying import read_place
from farthing.storage.copying.sides import Source
from farthing.storage.copying.tables import TABLES, CopiedTable, Row

_GROUP = 100
_MOST = 100_000_000
_ROUNDS_MIN = 3
"""So many groups at least are recorded beside a copy, however soon that is made."""


@dataclass(frozen=True)
class Leg:
    """One way: how long both copies took, the calls that came in beside the first, and the rows compared."""

    name: str
    copy_s: float
    again_s: float
    recorded_count: int
    row_count: int


class DifferentError(Exception):
    """A row is not what it was."""


async def there_and_back(installation: Installation, url: str, back: Path) -> list[Leg]:
    """Both ways, the second into a new folder. Raises DifferentError."""
    here = load_settings(data=installation.data)
    there = load_settings(data=back.parent / "unused", database_url=url)
    return [
        await _leg(here, str(installation.data), url, installation.api_key),
        await _leg(there, url, str(back), installation.api_key),
    ]


async def _leg(settings: Settings, source: str, target: str, api_key: str) -> Leg:
    began = time.monotonic()
    async with _load(settings, api_key) as recorded:
        await _copy(source, target)
        copied_at = time.monotonic()
    await _copy(source, target)
    again_s = time.monotonic() - copied_at
    return Leg(f"{source} to {target}", copied_at - began, again_s, recorded[0], await _same(source, target))


async def _copy(source: str, target: str) -> None:
    places = read_place(source), read_place(target)
    made = await assembly.copy(*places, may_replace=False, told=lambda *_: None)
    if made.differing:
        raise DifferentError(f"days differ: {made.differing[:3]}")


@asynccontextmanager
async def _load(settings: Settings, api_key: str) -> AsyncIterator[list[int]]:
    """Calls that come in for as long as the block runs; the list holds how many, once it is over."""
    is_over = asyncio.Event()
    async with assembly.running(assembly.build_parts(settings, SystemClock())) as parts:
        key = await parts.storage.api_key_by_hash(digest(api_key))
        assert key is not None, "the installation was made with this key"
        now = parts.clock.now()
        made = fill.events(key, parts.prices.cards(key.workspace_id), _MOST, (now - HOUR_MS, now))
        recorded = [0]

        async def send() -> None:
            while not is_over.is_set() or recorded[0] < _ROUNDS_MIN * _GROUP:
                recorded[0] += len(await parts.storage.record(list(islice(made, _GROUP))))
                await parts.storage.fold(_GROUP)

        sender = asyncio.create_task(send())
        try:
            yield recorded
        finally:
            is_over.set()
            await sender


async def _same(source: str, target: str) -> int:
    """How many rows there are in both, all of which are alike. Raises DifferentError."""
    async with read_place(source).side.reading() as one, read_place(target).side.reading() as other:
        return sum([await _compared(table, one, other) for table in TABLES])


async def _compared(table: CopiedTable, one: Source, other: Source) -> int:
    count, rows = 0, _each(other, table)
    async for row in _each(one, table):
        there = await anext(rows, None)
        if row != there:
            raise DifferentError(f"{table.name}: {row} became {there}")
        count += 1
    if (more := await anext(rows, None)) is not None:
        raise DifferentError(f"{table.name}: {more} came from nowhere")
    return count


async def _each(side: Source, table: CopiedTable) -> AsyncIterator[Row]:
    async for rows in side.rows(table):
        for row in rows:
            yield row


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.round_trip", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=5_000_000)
    parser.add_argument("--to", required=True, help="an empty PostgreSQL database")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="keeps filled databases")
    given = parser.parse_args()
    filled = fill.ensure(given.cache, given.rows, print)
    with tempfile.TemporaryDirectory() as scratch:
        own = copied(filled.installation, Path(scratch) / "here")
        try:
            legs = asyncio.run(there_and_back(own, given.to, Path(scratch) / "back"))
        except DifferentError as error:
            sys.exit(f"not the same: {error}")
    for leg in legs:
        print(
            f"{leg.name}: copied in {leg.copy_s:.0f} s while {leg.recorded_count:,} calls came in, "
            f"again in {leg.again_s:.0f} s; {leg.row_count:,} rows, every value alike"
        )


if __name__ == "__main__":
    main()
