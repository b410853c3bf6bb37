"""A page of single events, newest first, and the total of all that match."""

from __future__ import annotations

from dataclasses import dataclass

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
    """The page that the query's cursor and limit say."""
    workspace_id = asker.workspace.id
    page = await parts.storage.requests(workspace_id, query.window, query.filters, query.limit, query.cursor)
    question = Question(
        workspace_id=workspace_id,
        window=query.window,
        measures=measures,
        timezone=query.timezone,
        filters=query.filters,
    )
    return ListedRequests(page, await ask_question(parts, question))
