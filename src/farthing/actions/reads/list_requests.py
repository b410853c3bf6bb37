"""A page of single calls and what all that match come to, both of the time that is there call by call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.question import Answer, Question
from farthing.reports.reach import is_summarised
from farthing.storage.contract import RequestPage, StoredEvent

Place = tuple[int, int]
_FAILED: Final = ("status", ("error",))


@dataclass(frozen=True)
class ListedRequests:
    """`answer` is about everything that passes the filters, not about the page alone.

    `newer` is the place that the page before this one ends right before; None on the first.
    """

    page: RequestPage
    newer: Place | None
    answer: Answer


async def list_requests(
    parts: Parts, asker: Asker, query: ReadQuery, measures: tuple[str, ...], rows_max: int | None = None
) -> ListedRequests:
    """The page that the query's place and limit say, newest first, and the total. Raises InvalidInputError.

    The total is of the newest calls where more than about `rows_max` would have to be read for it.

    Of several data modes, calls are listed from where those of all of them are there. That is asked after the
    page is read, as it only moves onwards: the page holds all that there is from there on.
    """
    page, newer = await _page(parts, asker.workspace.id, query)
    question = Question(
        workspace_id=asker.workspace.id,
        window=query.window,
        measures=measures,
        timezone=query.timezone,
        filters=query.filters,
        of_rows=True,
        rows_max=rows_max,
    )
    answer = await ask_question(parts, question)
    since = answer.reach.available_from
    there = [stored for stored in page.items if stored.event.occurred_at >= since]
    if len(there) < len(page.items):
        page = replace(page, items=there, next_cursor=None)
    return ListedRequests(page, newer, answer)


async def count_failed(parts: Parts, asker: Asker, query: ReadQuery) -> int | None:
    """How many calls pass filters that ask for failed ones; None where no sum that is kept tells."""
    filters = query.filters
    rest = replace(filters, equals=tuple(each for each in filters.equals if each != _FAILED))
    if rest == filters or not is_summarised(rest):
        return None
    question = Question(
        workspace_id=asker.workspace.id,
        window=query.window,
        measures=("errors",),
        timezone=query.timezone,
        filters=rest,
        of_rows=True,
    )
    return int((await ask_question(parts, question)).total["errors"] or 0)


async def _page(parts: Parts, workspace_id: int, query: ReadQuery) -> tuple[RequestPage, Place | None]:
    """The page, its `next_cursor` leading to older calls, and where its first call is if others are newer.

    Where less than a page is newer, it is the first page, which is full.
    """
    window, filters, limit = query.window, query.filters, query.limit
    if query.newer is not None:
        page = await parts.storage.newer_requests(workspace_id, window, filters, limit, query.newer)
        if page.next_cursor is not None:
            return replace(page, next_cursor=_place(page.items[-1])), page.next_cursor
    page = await parts.storage.requests(workspace_id, window, filters, limit, query.cursor)
    return page, _place(page.items[0]) if query.cursor is not None and page.items else None


def _place(stored: StoredEvent) -> Place:
    return stored.event.occurred_at, stored.request_id
