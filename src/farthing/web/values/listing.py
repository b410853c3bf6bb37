"""The values of a dimension, ranked: what each costs, how that moved, and how its calls go."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.read_query import Accepted
from farthing.reports.question import Answer, Row, Value
from farthing.web.address import Address
from farthing.web.figures import Change, relative_change
from farthing.web.filter_bar import Choice, filter_bar
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import newest_note, question_note
from farthing.web.overview.figures import dollars
from farthing.web.pages import Frame, render
from farthing.web.rows_address import group_address, rows_address
from farthing.web.values.asked import (
    FOUND_MAX,
    ROWS,
    SORTED_MAX,
    Asked,
    ValuesAnswer,
    ask_values,
    read_asked,
)
from farthing.web.values.kinds import KINDS, TENANTS, USERS, Kind
from farthing.web.values.spark import Spark, spark
from farthing.web.view import View, read_view

_ACCEPTED: Final = Accepted(parameters=("compare", "search", "sort", "offset"))
_COLUMNS: Final = (
    ("spend", "Spend", ""),
    (None, "Change", "only-medium"),
    (None, "Over time", "only-wide"),
    ("requests", "Requests", ""),
    ("costPerRequest", "Per request", "only-medium"),
    ("cachedShare", "Cached", "only-wide"),
    ("errorRate", "Errors", "only-medium"),
    ("latencyP50", "p50", "only-wide"),
    ("latencyP95", "p95", "only-medium"),
)


@dataclass(frozen=True)
class Column:
    """A heading. `address` sorts by it; `is_on` where that is done."""

    label: str
    css: str
    address: Address | None
    is_on: bool


@dataclass(frozen=True)
class ValueRow:
    """One value with its figures. `share` is its part of all that was spent."""

    name: str
    page: Address
    rows: Address
    values: dict[str, Value]
    share: Decimal | None
    change: Change | None
    spark: Spark | None

    @property
    def is_lower_bound(self) -> bool:
        return bool(self.values["unpriced_requests"])


def _handler(kind: Kind) -> HTTPRouteHandler:
    @get(kind.path, needs="read", name=f"page.{kind.name}")
    async def list_values(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
        return await _list(request, parts, asker, kind)

    return list_values


async def _list(request: PageRequest, parts: Parts, asker: Asker, kind: Kind) -> Response[Any]:
    view = await read_view(request, parts, asker, _ACCEPTED)
    asked = read_asked(view)
    answer = await ask_values(parts, asker, view, kind, asked)
    rows = _rows(answer, view, kind)
    offset = view.query.offset
    return render(
        request,
        "values",
        Frame(asker, "users" if kind is TENANTS else kind.name),
        address=view.address,
        bar=filter_bar(view),
        kind=kind,
        kinds=_siblings(view, kind),
        columns=_columns(view, asked),
        rows=rows,
        first=offset + 1,
        asked=asked,
        search_fields=view.address.hidden("search"),
        without_search=view.address.put(search=None),
        newer=_paged(view, max(0, offset - ROWS)) if offset else None,
        older=_paged(view, offset + ROWS) if answer.has_more else None,
        left=_left(answer, offset),
        notes=_notes(answer, kind),
        compares=answer.before is not None,
        kept=question_note((answer.now,), view),
        newest=newest_note((answer.now,), view),
    )


def _paged(view: View, offset: int) -> Address:
    return view.address.put(offset=str(offset) if offset else None)


def _left(answer: ValuesAnswer, offset: int) -> int | None:
    """How many values come after these; None where nobody counted."""
    return None if answer.count is None else max(0, answer.count - offset - len(answer.rows))


def _notes(answer: ValuesAnswer, kind: Kind) -> tuple[str, ...]:
    said = []
    plural = kind.title.lower()
    if answer.is_partly_sorted:
        of = "" if answer.count is None else f" of {answer.count:,}"
        said.append(f"Put in order are the {SORTED_MAX} {plural}{of} that cost most.")
    if answer.is_search_cut:
        said.append(f"More than {FOUND_MAX} names contain this; write more of the one that you look for.")
    return tuple(said)


def _siblings(view: View, kind: Kind) -> tuple[Choice, ...]:
    """Users and tenants stand beside each other."""
    if kind not in (USERS, TENANTS):
        return ()
    compare = view.address.first("compare")
    return tuple(
        Choice(each.title, view.address.on(each.path).put(compare=compare), each is kind)
        for each in (USERS, TENANTS)
    )


def _columns(view: View, asked: Asked) -> tuple[Column, ...]:
    return tuple(
        Column(
            label,
            css,
            None if sort is None else view.address.put(sort=None if sort == "spend" else sort),
            sort == asked.sort,
        )
        for sort, label, css in _COLUMNS
    )


def _rows(answer: ValuesAnswer, view: View, kind: Kind) -> tuple[ValueRow, ...]:
    total = dollars(answer.now.total["cost"]) or Decimal(0)
    return tuple(_row(row, answer, view, kind, total) for row in answer.rows)


def _row(row: Row, answer: ValuesAnswer, view: View, kind: Kind, total: Decimal) -> ValueRow:
    name, cost = row.keys[0], dollars(row.values["cost"])
    change = None
    if answer.before is not None:
        change = relative_change(cost, _cost_of(answer.before, name))
    return ValueRow(
        name=name,
        page=kind.one(view.address, name),
        rows=group_address(rows_address(view.address), kind.dimension, name),
        values=row.values,
        share=cost / total if cost is not None and total else None,
        change=change,
        spark=None if answer.series is None else _spark(answer.series, name, view),
    )


def _cost_of(before: Answer, name: str) -> Decimal:
    return next(
        (dollars(row.values["cost"]) or Decimal(0) for row in before.rows if row.keys[0] == name), Decimal(0)
    )


def _spark(series: Answer, name: str, view: View) -> Spark | None:
    found = {row.bucket: dollars(row.values["cost"]) for row in series.rows if row.keys[0] == name}
    costs = [found.get(bucket) for bucket in series.buckets]
    return spark(costs, series.buckets, view.query.step, view.zone)


HANDLERS: Final = tuple(_handler(kind) for kind in KINDS)
