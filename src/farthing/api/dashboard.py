"""Reads over groups and time: overview, series, top lists."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from farthing.actions.asker import Asker
from farthing.actions.reads.ask_question import ask_question, ask_questions
from farthing.actions.reads.read_query import ReadQuery
from farthing.api.envelope import Envelope, envelope_of, range_shape, retention_shape, sent
from farthing.api.figures import TOTALS, WITHOUT_LATENCY, figures
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import OVERVIEW, SERIES, TOP_LIST, described, query_of
from farthing.api.rows import NO_CHANGE, change_of, group_item, point_item
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Question
from farthing.rules.instants import instant
from farthing.rules.periods import Window

_TOP_LISTS: Final = {
    "top-endpoints": "endpoint_tag",
    "top-models": "model",
    "top-users": "user_id",
    "top-tenants": "tenant_id",
    "prompt-versions": "prompt_version",
}
"""The list's path and the dimension it ranks."""


@get("/dashboard/overview", tags=["dashboard"], operation_class=described(OVERVIEW), needs="read")
async def overview(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[Envelope]:
    """The window's total, the same length before it, what changed, and spend by day."""
    query = await query_of(request, parts, asker, OVERVIEW)
    days = _question(query, asker, measures=WITHOUT_LATENCY, step="day")
    total, before, by_day = await ask_questions(
        parts, _question(query, asker), _question(query, asker, window=query.window.previous), days
    )
    envelope = envelope_of(
        query,
        total,
        items=[point_item(row, ()) for row in by_day.rows],
        step="day",
        buckets=[instant(start) for start in by_day.buckets],
        previous={
            "range": range_shape(query.window.previous, query.timezone),
            "total": figures(before.total),
            "retention": retention_shape(before.reach),
        },
        # What is left of a window that was cut is nothing to compare with.
        change=NO_CHANGE if before.reach.is_truncated else change_of(total.total, before.total),
    )
    return sent(envelope)


@get("/dashboard/timeseries", tags=["dashboard"], operation_class=described(SERIES), needs="read")
async def timeseries(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[Envelope]:
    """Figures by bucket, of everything or of the groups that spent most, with the rest of each bucket.

    Groups come without latency, which one of them has when it is asked for alone, by a filter.
    """
    query = await query_of(request, parts, asker, SERIES)
    dimensions = () if query.by is None else (query.by,)
    limit = None if query.by is None else query.limit
    measures = WITHOUT_LATENCY if dimensions else TOTALS
    question = _question(query, asker, dimensions=dimensions, step=query.step, limit=limit, measures=measures)
    answer = await ask_question(parts, question)
    envelope = envelope_of(
        query,
        answer,
        items=[point_item(row, dimensions) for row in answer.rows],
        step=query.step,
        by=None if query.by is None else DIMENSIONS[query.by].wire,
        buckets=[instant(start) for start in answer.buckets],
        rest=[point_item(row, ()) for row in answer.rest],
    )
    return sent(envelope)


def _top_list(path: str, dimension: str) -> HTTPRouteHandler:
    """The read of one ranking."""
    summary = f"The {DIMENSIONS[dimension].plural.lower()} that spent most."

    @get(
        f"/dashboard/{path}",
        name=f"api.{path}",
        operation_id=path,
        summary=summary,
        tags=["dashboard"],
        operation_class=described(TOP_LIST),
        needs="read",
    )
    async def top_list(
        request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
    ) -> Response[Envelope]:
        query = await query_of(request, parts, asker, TOP_LIST)
        question = _question(query, asker, dimensions=(dimension,), limit=query.limit, offset=query.offset)
        answer = await ask_question(parts, question)
        items = [group_item(row, answer) for row in answer.rows]
        return sent(envelope_of(query, answer, items=items, group_count=answer.group_count))

    return top_list


def _question(query: ReadQuery, asker: Asker, **asked: Any) -> Question:
    """A question about the query's window and filters; `asked` says what is asked of it."""
    window: Window = asked.pop("window", query.window)
    measures: tuple[str, ...] = asked.pop("measures", TOTALS)
    return Question(
        workspace_id=asker.workspace.id,
        window=window,
        measures=measures,
        timezone=query.timezone,
        filters=query.filters,
        **asked,
    )


HANDLERS: Final = [overview, timeseries, *(_top_list(path, name) for path, name in _TOP_LISTS.items())]
