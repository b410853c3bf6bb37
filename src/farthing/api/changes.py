"""Why spend changed, over HTTP: the change between two windows in parts, its causes, and who is behind it."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

import msgspec
from litestar import Request, Response, get

from farthing.actions.reads.ask_change import ask_change
from farthing.actions.reads.compare_window import COMPARE_PARAMETERS, compare_window
from farthing.actions.reads.read_query import Accepted, ReadQuery
from farthing.actions.reads.told_filters import filters_shape
from farthing.api.envelope import (
    RangeShape,
    RetentionShape,
    UnpricedShape,
    range_shape,
    retention_headers,
    retention_shape,
)
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import described, query_of
from farthing.api.rows import key_text
from farthing.reports.change_story import reason, summary
from farthing.reports.changes import PARTS, WHY_COARSE, Bar, Cause, Change, DriverList, Side
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.wire_names import camel
from farthing.rules.changes import Amounts, Where
from farthing.rules.money import usd_number, usd_text

CHANGES: Final = Accepted(parameters=(*COMPARE_PARAMETERS, "limit"), limit_default=5, limit_max=100)


class Money(msgspec.Struct, frozen=True, rename="camel"):
    """Dollars, as a number and exact."""

    cost_usd: float
    amount_usd: str


class SideShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All calls of one window."""

    range: RangeShape
    requests: int
    cost_usd: float
    amount_usd: str
    unpriced: UnpricedShape
    retention: RetentionShape


class ChangeShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What spend changed by; the ratio is null where nothing was spent before."""

    cost_usd: float
    amount_usd: str
    ratio: float | None


class LeaderShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A group behind a part, and what of the part is its own."""

    where: dict[str, str]
    cost_usd: float
    amount_usd: str


class PartShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One part of the change; all parts add up to it. `meaning` follows "what". `share` is of the change."""

    part: str
    label: str
    meaning: str
    cost_usd: float
    amount_usd: str
    share: float | None
    leaders: list[LeaderShape]


class CauseShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Calls that stand out. `volume` came by their number, `perRequest` by what one of them costs."""

    where: dict[str, str]
    before: Money
    after: Money
    change: Money
    volume: Money
    per_request: Money
    share: float
    reason: str


class DriverShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value of a dimension in both windows."""

    key: str
    before: Money
    after: Money
    change: Money
    requests_before: int
    requests_after: int


class DriversShape(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The values of a dimension that changed most; `rest` is the change of all others together.

    `explaining` are the fewest values that explain most of the change, which they changed by `explained`;
    empty where a few values do not.
    """

    by: str
    items: list[DriverShape]
    rest: Money
    explaining: list[str]
    explained: Money
    group_count: int | None


class ChangesAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The change. `parts` is empty for windows that can't be compared; `level` is what all did together."""

    summary: str
    range: RangeShape
    compare: RangeShape
    filters: dict[str, str | list[str]]
    retention: RetentionShape
    source: str
    before: SideShape
    after: SideShape
    change: ChangeShape
    parts: list[PartShape]
    note: str | None
    level: Money | None
    causes: list[CauseShape]
    drivers: list[DriversShape]


@get("/changes", tags=["reads"], operation_class=described(CHANGES), needs="read")
async def changes(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> Response[ChangesAnswer]:
    """Why spend changed: against the window right before of equal length, or `compareFrom` to `compareTo`."""
    query = await query_of(request, parts, asker, CHANGES)
    before = compare_window(request.query_params.multi_items(), query)
    told = changes_answer(query, await ask_change(parts, asker, query, before))
    return Response(told, headers=retention_headers(told.retention))


def changes_answer(query: ReadQuery, change: Change) -> ChangesAnswer:
    """The change as it stands on the wire."""
    explanation = change.explanation
    return ChangesAnswer(
        summary=summary(change),
        range=range_shape(query.window, query.timezone),
        compare=range_shape(change.before.window, query.timezone),
        filters=filters_shape(query.filters),
        retention=retention_shape(change.after.reach),
        source=change.source,
        before=_side(change.before, query),
        after=_side(change.after, query),
        change=ChangeShape(
            cost_usd=usd_number(change.amount),
            amount_usd=usd_text(change.amount),
            ratio=_ratio(change.amount, change.before.cost),
        ),
        parts=[_part(each, change.amount) for each in change.bars],
        note=None if change.coarse is None else WHY_COARSE[change.coarse],
        level=None if explanation is None else _money(explanation.level),
        causes=[_cause(each) for each in change.causes],
        drivers=[_drivers(each) for each in change.drivers],
    )


def _money(picousd: int) -> Money:
    return Money(usd_number(picousd), usd_text(picousd))


def _ratio(part: int, whole: int) -> float | None:
    return float(Fraction(part, whole)) if whole else None


def _side(side: Side, query: ReadQuery) -> SideShape:
    share = _ratio(side.unpriced_requests, side.requests)
    return SideShape(
        range=range_shape(side.window, query.timezone),
        requests=side.requests,
        cost_usd=usd_number(side.cost),
        amount_usd=usd_text(side.cost),
        unpriced=UnpricedShape(side.unpriced_requests, side.unpriced_tokens, share),
        retention=retention_shape(side.reach),
    )


def _where(where: Where) -> dict[str, str]:
    return {DIMENSIONS[name].wire: key_text(name, key) for name, key in where}


_LEADERS_MAX: Final = 5


def _part(bar: Bar, change: int) -> PartShape:
    told = PARTS[bar.part]
    return PartShape(
        part=camel(bar.part),
        label=told.label,
        meaning=told.meaning,
        cost_usd=usd_number(bar.amount),
        amount_usd=usd_text(bar.amount),
        share=_ratio(bar.amount, change),
        leaders=[
            LeaderShape(where=_where(where), cost_usd=usd_number(amount), amount_usd=usd_text(amount))
            for where, amount in bar.leaders[:_LEADERS_MAX]
        ],
    )


def _cause(cause: Cause) -> CauseShape:
    line = cause.line
    return CauseShape(
        where=_where(line.where),
        before=_money(line.usual),
        after=_money(line.actual),
        change=_money(line.change),
        volume=_money(line.volume),
        per_request=_money(line.per_request),
        share=float(line.share),
        reason=reason(cause),
    )


def _drivers(found: DriverList) -> DriversShape:
    return DriversShape(
        by=DIMENSIONS[found.dimension].wire,
        items=[_driver(found.dimension, each.key, each.amounts) for each in found.drivers],
        rest=_money(found.rest),
        explaining=[key_text(found.dimension, key) for key in found.explaining],
        explained=_money(found.explained),
        group_count=found.value_count,
    )


def _driver(dimension: str, key: str, amounts: Amounts) -> DriverShape:
    return DriverShape(
        key=key_text(dimension, key),
        before=_money(amounts.usual),
        after=_money(amounts.actual),
        change=_money(amounts.change),
        requests_before=amounts.usual_requests,
        requests_after=amounts.actual_requests,
    )
