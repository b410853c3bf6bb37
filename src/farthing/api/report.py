"""Any measures by up to two dimensions, over time or not, over HTTP."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get

from farthing.actions.reads.ask_report import REPORT, Report, ask_report, read_report
from farthing.api.envelope import Envelope, envelope_of, range_shape, retention_shape, sent
from farthing.api.figures import Figure, figures
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import described, query_of
from farthing.api.rows import key_text
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Answer, Row
from farthing.reports.wire_names import camel
from farthing.rules.instants import instant


@get("/report", tags=["reads"], operation_class=described(REPORT), needs="read")
async def get_report(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[Envelope]:
    """Measures by up to two dimensions; with a step over time, with `compare` beside the window before.

    What is beyond `limit` comes as `rest`, so that everything adds up to `total`.
    """
    query = await query_of(request, parts, asker, REPORT)
    asked = read_report(request.query_params.multi_items(), query)
    return sent(report_shape(await ask_report(parts, asker.workspace.id, query, asked)))


def report_shape(found: Report) -> Envelope:
    """The report as it stands on the wire; `groups` are those of a report over time, over its whole range."""
    answer = found.answer
    question = answer.question
    told: dict[str, Any] = {
        "by": [DIMENSIONS[name].wire for name in question.dimensions],
        "order_by": camel(question.order_by),
        "items": _items(found, answer.rows),
        "rest": _items(found, answer.rest),
    }
    if question.step is not None:
        told |= {"step": question.step, "buckets": [instant(start) for start in answer.buckets]}
        told |= {"groups": _items(found, found.groups.rows)}
    if question.dimensions:
        told |= {"group_count": answer.group_count}
    if found.before is not None:
        told |= {"previous": _previous(found, found.before)}
    return envelope_of(found.query, answer, **told)


def _previous(found: Report, before: Answer) -> dict[str, Any]:
    return {
        "range": range_shape(before.question.window, found.query.timezone),
        "items": _items(found, before.rows),
        "rest": _items(found, before.rest),
        "total": figures(before.total),
        "retention": retention_shape(before.reach),
    }


def _items(found: Report, rows: list[Row]) -> list[dict[str, Figure]]:
    return [report_item(found, row) for row in rows]


def report_item(found: Report, row: Row) -> dict[str, Figure]:
    """Names under those of their parameters, then the figures. The rest has no names."""
    dimensions = found.answer.question.dimensions
    item: dict[str, Figure] = {} if row.bucket is None else {"start": instant(row.bucket)}
    names = {
        DIMENSIONS[name].wire: key_text(name, key) for name, key in zip(dimensions, row.keys, strict=False)
    }
    return item | names | figures({name: row.values[name] for name in found.asked.measures})


HANDLERS: Final = [get_report]
