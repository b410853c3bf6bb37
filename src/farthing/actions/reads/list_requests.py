"""A page of single calls and what all that match come to, both of the time that is there call by call."""

from __future__ import annotations

from dataclasses import dataclass, replace

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.question import Answer, Question
from farthing.storage.contract import RequestPage


@dataclass(frozen=True)
class ListedRequests:
    """`answer` is about everything that passes the filters, not about the page alone."""

    page: RequestPage
    answer: Answer


async def list_requests(
    parts: Parts, asker: Asker, query: ReadQuery, measures: tuple[str, ...]
) -> ListedRequests:
    """The page that the query's cursor and limit say, newest first, and the total. Raises InvalidInputError.

    Of several data modes, calls are listed from where those of all of them are there. That is asked after the
    page is read, as it only moves onwards: the page holds all that there is from there on.
    """
    workspace_id = asker.workspace.id
    page = await parts.storage.requests(workspace_id, query.window, query.filters, query.limit, query.cursor)
    question = Question(
        workspace_id=workspace_id,
        window=query.window,
        measures=measures,
        timezone=query.timezone,
        filters=query.filters,
        of_rows=True,
    )
    answer = await ask_question(parts, question)
    since = answer.reach.available_from
    there = [stored for stored in page.items if stored.event.occurred_at >= since]
    if len(there) < len(page.items):
        page = replace(page, items=there, next_cursor=None)
    return ListedRequests(page, answer)
