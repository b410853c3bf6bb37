"""Calls as they come in: those that were recorded after one that is known.

They are found by their numbers, which grow in the order of recording whatever process records: nobody sees a
number before all lower ones can be seen. So each call is told once, also one that is reported late, and a
look costs as much as has come in since the one before, however much is stored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.question import Reach
from farthing.rules.ids import request_id_number
from farthing.rules.periods import QUARTER_MS, Window
from farthing.rules.retention import latest
from farthing.storage.contract import ArrivalQuery, Snapshot, StoredEvent

AFTER: Final = "after"
LOOKED_AT_MAX: Final = 20_000
"""How many calls of the installation one look goes through."""


@dataclass(frozen=True)
class Arrived:
    """What has come in. `cursor` is the number to go on after; `behind` how many calls are not looked at yet.

    The latter are calls of the whole installation, of which some or none may pass.
    """

    items: list[StoredEvent]
    cursor: int
    behind: int
    reach: Reach


def read_after(pairs: Iterable[tuple[str, str]]) -> int | None:
    """The number of the call that the parameter `after` names. Raises InvalidInputError."""
    parameters = Parameters(pairs)
    text = parameters.one(AFTER)
    number = None if text is None else request_id_number(text)
    if text is not None and number is None:
        parameters.problem(AFTER, f"{text[:40]!r} is not a request id, such as req_2s")
    parameters.raise_problems()
    return number


async def arrived_requests(parts: Parts, asker: Asker, query: ReadQuery, after: int | None) -> Arrived:
    """The calls that pass and came in after the one of this number, oldest first; from now on without one."""
    workspace_id, now = asker.workspace.id, parts.clock.now()

    async def work(reader: Snapshot) -> Arrived:
        last = await reader.last_request_id()
        since = last if after is None else min(after, last)
        until = min(last, since + LOOKED_AT_MAX)
        asked = ArrivalQuery(
            workspace_id=workspace_id,
            window=_open(query.window, now),
            filters=query.filters,
            after=since,
            until=until,
            limit=query.limit,
        )
        items = await reader.arrivals(asked)
        cursor = items[-1].request_id if len(items) == query.limit else until
        start = latest(await reader.retention(workspace_id), query.filters.data_modes).raw_from
        return Arrived(items, cursor, last - cursor, Reach(start, query.window.start < start))

    return await parts.storage.consistently(work)


def _open(window: Window, now: int) -> Window:
    """A window that lasts up to now goes on: a sender's clock may be ahead of ours."""
    is_up_to_now = now < window.end <= now + QUARTER_MS
    return replace(window, end=window.end + QUARTER_MS) if is_up_to_now else window
