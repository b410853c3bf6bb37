"""Where the rows of a file come from: calls, page by page, or sums, day by day."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.exports.asked import Asked
from farthing.actions.exports.shaping import Batch, Shaper
from farthing.actions.exports.summary_cells import SUMMED, Day, day_batch
from farthing.reports.facts import FactQuery
from farthing.rules.periods import Window, bucket_edges, local_date
from farthing.storage.contract import RowWalk, Storage

PAGE_ROWS: Final = 2_000
"""As much as is read and written at once: some 20 ms of a thread, and a few megabytes."""


@dataclass(frozen=True)
class Portion:
    """Some rows to be: `batch` makes them, which takes a while and waits for nothing.

    `call_count` says of how many calls they tell, `source` what these were read from (empty: of none).
    """

    call_count: int
    batch: Callable[[], Batch | None]
    source: str = ""


async def calls(storage: Storage, walk: RowWalk, shaper: Shaper) -> AsyncGenerator[Portion, None]:
    """Every call of the walk, oldest first."""
    place = None
    while True:
        page = await storage.export_page(walk, place, PAGE_ROWS)
        if page.row_count:
            yield Portion(page.row_count, partial(shaper.add, page), page.source)
        place = page.next_place
        if place is None:
            break
    yield Portion(0, shaper.end)


def day_edges(window: Window, timezone: str) -> list[int]:
    """The starts of the local days of a window, and the end of the last. Raises InvalidInputError."""
    try:
        return bucket_edges(window, "day", ZoneInfo(timezone))
    except ValueError as error:
        raise InvalidInputError([FieldProblem("from", f"a summary has a row a day, {error}")]) from error


async def days(
    storage: Storage, workspace_id: int, asked: Asked, window: Window
) -> AsyncGenerator[Portion, None]:
    """The sums of each local day that has any, oldest first; each day is of one state, read when it comes."""
    query = asked.query
    edges = day_edges(window, query.timezone)
    plain = FactQuery(
        workspace_id=workspace_id,
        window=window,
        filters=query.filters,
        timezone=query.timezone,
        sums=("request_count",),
        order_by="request_count",
    )
    counts = await storage.facts(replace(plain, edges=tuple(edges)))
    for bucket in sorted(bucket for bucket, _ in counts.sums):
        start, end = edges[bucket : bucket + 2]
        part = Window(max(start, window.start), min(end, window.end))
        facts = await storage.facts(replace(plain, window=part, dimensions=asked.by, sums=SUMMED))
        date = local_date(start, ZoneInfo(query.timezone)).isoformat()
        batch = partial(day_batch, Day(date, start), asked.by, facts)
        yield Portion(counts.sums[bucket, ()][0], batch, facts.source)
