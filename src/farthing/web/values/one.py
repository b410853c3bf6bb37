"""One value of a dimension: its figures, its spend over time, what it is made of, and its last calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_questions
from farthing.actions.reads.rankings import Ranking
from farthing.actions.reads.read_query import Accepted
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.question import Answer, Question
from farthing.rules.erasure import FIELD_OF, ErasureKind
from farthing.rules.instants import instant
from farthing.web.address import Address
from farthing.web.filter_bar import filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import newest_note, question_note
from farthing.web.moments import bucket_text
from farthing.web.overview.figures import dollars, figures
from farthing.web.overview.questions import FIGURES
from farthing.web.overview.rankings import RankingList, ranking_list
from farthing.web.pages import Frame, redirect, render
from farthing.web.requests.rows import request_rows
from farthing.web.rows_address import rows_address
from farthing.web.values.kinds import KINDS, TENANTS, Kind
from farthing.web.values.spark import spark
from farthing.web.view import View, read_view

_ACCEPTED: Final = Accepted(parameters=("compare",))
_AMOUNTS: Final = ("cost", "requests", "errors", "unpriced_requests")
_RANKS: Final = 6
_LAST: Final = 10
_ROWS_MAX: Final = 30_000
"""Calls that a split reads one by one at most, where no rollup keeps it."""


@dataclass(frozen=True)
class Moment:
    """One bucket of the value's time, and the requests in it."""

    label: str
    cost: Decimal | None
    is_lower_bound: bool
    requests: int
    errors: int
    rows: Address


def _handler(kind: Kind) -> HTTPRouteHandler:
    @get(f"{kind.path}/one", needs="read", name=f"page.{kind.name}.one")
    async def show_value(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
        return await _show(request, parts, asker, kind)

    return show_value


async def _show(request: PageRequest, parts: Parts, asker: Asker, kind: Kind) -> Response[Any]:
    view = await read_view(request, parts, asker, _ACCEPTED)
    names = [values for name, values in view.query.filters.equals if name == kind.dimension]
    if len(names) != 1 or len(names[0]) != 1:  # the chip was removed, or another one added
        return redirect(request, str(view.address.on(kind.path)))
    total = _question(asker, view)
    splits = [
        replace(total, measures=_AMOUNTS, dimensions=(split,), limit=_RANKS, rows_max=_ROWS_MAX)
        for split in kind.splits
    ]
    series = replace(total, measures=_AMOUNTS, step=view.query.step)
    past = [replace(total, window=view.query.window.previous)] if view.compares else []
    now, over_time, *others = await ask_questions(parts, total, series, *splits, *past)
    before = others.pop() if past else None
    last = await parts.storage.requests(
        asker.workspace.id, view.query.window, view.query.filters, _LAST, None
    )
    moments = _moments(over_time, view)
    wire = kind.of.wire
    return render(
        request,
        "value",
        Frame(asker, "users" if kind is TENANTS else kind.name),
        address=view.address,
        bar=filter_bar(view),
        kind=kind,
        name=names[0][0],
        erases=_erased_as(kind, names[0][0], asker),
        back=view.address.on(kind.path).put(**{wire: None}),
        figures=figures(now, None if before is None or before.reach.is_truncated else before, view.address),
        is_empty=not now.total["requests"],
        moments=moments,
        spark=spark([each.cost for each in moments], over_time.buckets, view.query.step, view.zone),
        splits=_splits(kind, view, others),
        newest=newest_note(others, view),
        rows=request_rows(last.items, rows_address(view.address), view.query.filters),
        all_rows=rows_address(view.address),
        why=view.address.on("/investigate").put(compare=None),
        compares=False,
        kept=question_note((now, over_time), view),
        zone=view.zone,
    )


def _erased_as(kind: Kind, name: str, asker: Asker) -> ErasureKind | None:
    """As what the value can be erased: only identities can, by who may."""
    if name == UNKNOWN or not asker.may("erase"):
        return None
    return next((each for each, field in FIELD_OF.items() if field == kind.dimension), None)


def _question(asker: Asker, view: View) -> Question:
    return Question(
        workspace_id=asker.workspace.id,
        window=view.query.window,
        measures=FIGURES,
        timezone=view.query.timezone,
        filters=view.query.filters,
    )


def _splits(kind: Kind, view: View, answers: list[Answer]) -> list[RankingList]:
    return [
        ranking_list(Ranking(split, answer), view) for split, answer in zip(kind.splits, answers, strict=True)
    ]


def _moments(answer: Answer, view: View) -> tuple[Moment, ...]:
    found = {row.bucket: row.values for row in answer.rows}
    ends = [*answer.buckets[1:], view.query.window.end]
    window = view.query.window
    made = []
    for start, end in zip(answer.buckets, ends, strict=True):
        values = found.get(start, {})
        rows = rows_address(view.address).put(
            from_=instant(max(start, window.start)), to=instant(min(end, window.end)), range=None
        )
        made.append(
            Moment(
                label=bucket_text(start, view.query.step, view.zone),
                cost=dollars(values.get("cost")) if values else None,
                is_lower_bound=bool(values.get("unpriced_requests")),
                requests=int(values.get("requests") or 0),
                errors=int(values.get("errors") or 0),
                rows=rows,
            )
        )
    return tuple(made)


HANDLERS: Final = tuple(_handler(kind) for kind in KINDS)
