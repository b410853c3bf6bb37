"""Why spend changed: the change between two windows in parts, who is behind it, and its cause.

What rollups know is read from them. Rows are added up, in three passes at most, only where both windows hold
few enough of them: what a unit cost, which tier it was, what failed and who is new stands in rows alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, Literal

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.change_facts import ROWS_MAX, Sides, Values
from farthing.actions.reads.compare_window import COMPARE_PARAMETERS
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.change_story import CAUSE_SUMS
from farthing.reports.changes import (
    DIMENSIONS,
    Bar,
    Cause,
    Change,
    DriverList,
    PartName,
    Side,
    at,
    bar,
    bar_of_values,
    cells_of,
    driver_list,
    narrowed,
    without,
)
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.question import Question, Reach
from farthing.reports.reach import UnansweredWindowError, within
from farthing.rules.breakdown import parts as parts_of
from farthing.rules.causes import Explanation, Line, explain, explain_part
from farthing.rules.changes import Amounts, Where
from farthing.rules.filters import Filters
from farthing.rules.periods import Window
from farthing.rules.problems import FieldProblem
from farthing.rules.retention import Retention, latest
from farthing.storage.contract import Snapshot

_TOTALS: Final = ("cost_picousd", "request_count", "unpriced_request_count", "unpriced_token_count")
_JOINT: Final = (
    "endpoint_tag",
    "prompt_version",
    "model",
    "provider",
    "tenant_id",
    "feature_tag",
    "api_key",
    "environment",
)
"""Read together in one pass over rows; users are far too many for that."""
_SUMMARIES: Final = (("endpoint_tag", "prompt_version"), ("provider", "model"), ("environment",))
_MANY: Final = ("tenant_id", "user_id")
"""Dimensions that have a rollup of their own and may have millions of values."""
_ENDPOINTS_MAX: Final = 5
_HELD: Final = 0.9
_NAMES_MAX: Final = 200
"""So many new or gone values at most are told apart from the rest, those that cost most."""

Cells = dict[Where, Amounts]
Known = dict[str, Values]


async def ask_change(
    parts: Parts,
    asker: Asker,
    query: ReadQuery,
    before: Window,
    limit: int | None = None,
    rows_max: int | None = None,
) -> Change:
    """The change from `before` to the query's window, with up to `limit` drivers of each dimension.

    Of more than ROWS_MAX calls, rollups tell as much as they can. A look that has to be quick says of how
    many it is so (`rows_max`), has no bars, and looks at fewer values (Sides.is_quick).

    Raises InvalidInputError for a window that can't be answered exactly any more.
    """

    async def work(reader: Snapshot) -> Change:
        asked = asker.workspace.id, query.filters, before, query.window
        sides = Sides(reader, *asked, rows_max or ROWS_MAX, is_quick=rows_max is not None)
        return await read_change(sides, query.limit if limit is None else limit)

    return await parts.storage.consistently(work)


async def read_change(sides: Sides, limit: int) -> Change:
    """The change between two windows of one state. Raises InvalidInputError."""
    retention = await sides.reader.retention(sides.workspace_id)
    before, after = [
        await _side(sides, window, _reach(sides, window, retention, names))
        for window, names in zip(sides.windows, (COMPARE_PARAMETERS, ("from", "to")), strict=True)
    ]
    change = Change(before=before, after=after)
    if not change.is_comparable or not (before.requests or after.requests):
        return replace(change, source=_source(sides))
    coarse = await _coarse(sides, change, retention)
    cells, known = await (_summarised(sides) if coarse else _from_rows(sides))
    bars: tuple[Bar, ...] = ()
    if not sides.is_quick:
        bars = await (_coarse_bars(sides) if coarse else _bars(sides, change, known))
    total = Amounts(before.cost, after.cost, before.requests, after.requests)
    explanation = _explained(total, cells, known)
    lines = () if explanation is None else explanation.lines
    causes = [
        await _cause(sides, Cause(line=_at_endpoint(line, cells)), is_of_rows=not coarse) for line in lines
    ]
    return replace(
        change,
        bars=bars,
        explanation=explanation,
        causes=tuple(causes),
        drivers=_driver_lists(known, change.amount, limit),
        coarse=coarse,
        source=_source(sides),
    )


def _source(sides: Sides) -> str:
    names = [name for source in sides.sources for name in source.split(" + ")]
    return " + ".join(dict.fromkeys(names)) or "none"


def _reach(sides: Sides, window: Window, retention: Retention, names: Iterable[str]) -> Reach:
    """From when on the window can be told. Raises InvalidInputError, with the names of its parameters."""
    question = Question(workspace_id=sides.workspace_id, window=window, filters=sides.filters)
    try:
        return within(question, retention)[1]
    except UnansweredWindowError as error:
        start, end = names
        field = start if error.field == "from" else end
        raise InvalidInputError([FieldProblem(field, str(error))]) from error


async def _side(sides: Sides, window: Window, reach: Reach) -> Side:
    """The totals of a window, of as much of it as is kept."""
    cut = Window(min(max(window.start, reach.available_from), window.end), window.end)
    cost, requests, unpriced, tokens = (await sides.sums(cut, sides.filters, _TOTALS)).values()
    return Side(
        window=window,
        requests=requests,
        cost=cost,
        unpriced_requests=unpriced,
        unpriced_tokens=tokens,
        reach=reach,
    )


async def _coarse(sides: Sides, change: Change, retention: Retention) -> Literal["many", "gone"] | None:
    """Why rows are not added up; None where they are."""
    raw_from = latest(retention, sides.filters.data_modes).raw_from
    if min(window.start for window in sides.windows) < raw_from:
        return "gone"
    count = change.before.requests + change.after.requests
    if not sides.is_plain:  # more may have to be read than passes
        count = await sides.row_count()
    return "many" if count > sides.rows_max else None


async def _from_rows(sides: Sides) -> tuple[Cells, Known]:
    """Every value of every dimension, and those that are seen at an endpoint."""
    joint = await sides.all_values(_JOINT)
    users = await sides.most_values("user_id", sides.filters)
    cells = cells_of(_JOINT, joint.groups)
    known = {name: _values_of(name, cells) for name in _JOINT} | {"user_id": users}
    if users.is_complete:
        cells |= await _users_at_endpoints(sides, known["endpoint_tag"])
    return cells | cells_of(("user_id",), users.groups), known


async def _users_at_endpoints(sides: Sides, endpoints: Values) -> Cells:
    """The users of those endpoints that changed most."""
    ranked = sorted(endpoints.groups.items(), key=lambda each: (-abs(each[1].change), each[0]))
    names = tuple(sorted(keys[0] for keys, _ in ranked[:_ENDPOINTS_MAX]))
    filters = narrowed(sides.filters, "endpoint_tag", names)
    of_these = await sides.all_values(("endpoint_tag", "user_id"), filters)
    return {
        where: amounts
        for where, amounts in cells_of(("endpoint_tag", "user_id"), of_these.groups).items()
        if len(where) > 1
    }


def _explained(total: Amounts, cells: Cells, known: Known) -> Explanation | None:
    """The cause; None where there is nothing to compare.

    Versions of prompts are parts of endpoints only: where one takes over from another, what they cost is no
    change, and what they cost more is found within the endpoint.
    """
    if not total.usual_requests or not total.actual_requests:
        return None
    endpoints = known["endpoint_tag"].groups if "endpoint_tag" in known else {}
    if not endpoints:
        return explain(total, cells)
    if len(endpoints) == 1:
        ((endpoint,),) = endpoints
        found = explain_part(total, ("endpoint_tag", endpoint), cells)
        if found is not None:
            return found
    tellable = {w: a for w, a in cells.items() if len(w) > 1 or w[0][0] != "prompt_version"}
    return explain(total, tellable)


async def _summarised(sides: Sides) -> tuple[Cells, Known]:
    """What rollups tell of the values of dimensions."""
    cells: Cells = {}
    known: Known = {}
    for dimensions in _SUMMARIES:
        if sides.is_summarised(dimensions):
            cells |= cells_of(dimensions, (await sides.all_values(dimensions)).groups)
            known |= {name: _values_of(name, cells) for name in dimensions}
    for dimension in _MANY:
        if sides.is_summarised((dimension,)):
            known[dimension] = await sides.most_values(dimension, sides.filters, sides.values_max)
            cells |= cells_of((dimension,), known[dimension].groups)
    return cells, known


def _values_of(dimension: str, cells: Cells) -> Values:
    return Values(
        {(where[0][1],): a for where, a in cells.items() if len(where) == 1 and where[0][0] == dimension}
    )


async def _coarse_bars(sides: Sides) -> tuple[Bar, ...]:
    before, after = [await sides.unpriced(window) for window in sides.windows]
    return tuple(bar(part) for part in parts_of(before, after, by_unit=False))


async def _bars(sides: Sides, change: Change, known: Known) -> tuple[Bar, ...]:
    """First what has come and gone as a whole; the calls that are left are compared with one another."""
    filters = [sides.filters, sides.filters]
    bars: list[Bar] = []
    if change.before.requests and change.after.requests:
        bars += _come_and_gone(
            filters, "endpoint_tag", known["endpoint_tag"], "new_features", "gone_features"
        )
        endpoints = [*filters[0].excludes, *filters[1].excludes]
        users = known["user_id"]
        if any(each.leaders for each in bars):
            names = {v for name, values in endpoints if name == "endpoint_tag" for v in values}
            others = without(sides.filters, "endpoint_tag", sorted(names))
            users = await sides.most_values("user_id", others)
        if users.is_complete:
            bars += _come_and_gone(filters, "user_id", users, "new_users", "gone_users")
    before, after = [
        await sides.priced(window, each) for window, each in zip(sides.windows, filters, strict=True)
    ]
    return (*bars, *(bar(part) for part in parts_of(before, after, by_unit=True)))


def _come_and_gone(
    filters: list[Filters], dimension: str, values: Values, come: PartName, gone: PartName
) -> list[Bar]:
    """Two bars; the filters of both sides leave out what is in them."""
    named = {keys[0]: amounts for keys, amounts in values.groups.items() if keys[0] != UNKNOWN}
    went = {key: -a.usual for key, a in named.items() if a.usual_requests and not a.actual_requests}
    came = {key: a.actual for key, a in named.items() if a.actual_requests and not a.usual_requests}
    went, came = _largest(went), _largest(came)
    filters[0] = without(filters[0], dimension, went)
    filters[1] = without(filters[1], dimension, came)
    return [bar_of_values(come, dimension, came), bar_of_values(gone, dimension, went)]


def _largest(values: dict[str, int]) -> dict[str, int]:
    ranked = sorted(values, key=lambda key: (-abs(values[key]), key))
    return {key: values[key] for key in ranked[:_NAMES_MAX]}


async def _cause(sides: Sides, cause: Cause, *, is_of_rows: bool) -> Cause:
    """The cause with the sums of its calls; where none was there before, with those of what holds them."""
    where = cause.line.where
    if not is_of_rows and not sides.is_summarised([name for name, _ in where]):
        return cause
    before, after = [
        await sides.sums(window, at(sides.filters, where), CAUSE_SUMS) for window in sides.windows
    ]
    beside = None
    if not before["request_count"] and (len(where) > 1 or where[0][0] == "prompt_version"):
        whole = await sides.sums(sides.before, at(sides.filters, where[:-1]), CAUSE_SUMS)
        if whole["request_count"]:
            before, beside = whole, where[:-1]
    return replace(cause, before=before, after=after, beside=beside)


def _at_endpoint(line: Line, cells: Cells) -> Line:
    """The line with the endpoint that it is of, where all but all of its change is there."""
    if len(line.where) > 1 or line.where[0][0] == "endpoint_tag" or not line.change:
        return line
    for where, amounts in cells.items():
        is_there = len(where) > 1 and where[1:] == line.where
        if is_there and _HELD * abs(line.change) <= amounts.change * (1 if line.change > 0 else -1):
            return msgspec.structs.replace(line, where=where)
    return line


def _driver_lists(known: Known, change: int, limit: int) -> tuple[DriverList, ...]:
    """Of dimensions that have more than one value; of one value everything would be the cause."""
    return tuple(
        driver_list(
            name, {keys[0]: a for keys, a in known[name].groups.items()}, change, limit, known[name].count
        )
        for name in DIMENSIONS
        if name in known and len(known[name].groups) > 1
    )
