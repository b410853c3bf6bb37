"""Spend over time as a chart and as the table that holds the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Answer, Row
from farthing.rules.instants import instant
from farthing.rules.periods import Window
from farthing.web.address import Address
from farthing.web.amounts import money_text
from farthing.web.colours import REST, assign
from farthing.web.moments import bucket_text, partial_text, ticks
from farthing.web.overview.figures import dollars
from farthing.web.rows_address import group_address, rows_address
from farthing.web.view import View


@dataclass(frozen=True)
class Amount:
    """What one name cost in one bucket; None where it had no call, which is not 0."""

    cost: Decimal | None
    is_lower_bound: bool = False

    @property
    def text(self) -> str:
        """The amount without its exact twin, for a chart."""
        if self.cost is None:
            return ""
        if not self.is_lower_bound:
            return money_text(self.cost)
        return f"\u2265 {money_text(self.cost)}" if self.cost else "unpriced"


@dataclass(frozen=True)
class Line:
    """One name of the chart: its amounts by bucket, their sum, and the view of it alone."""

    name: str
    colour: str
    amounts: tuple[Amount, ...]
    total: Amount
    address: Address | None


@dataclass(frozen=True)
class Bucket:
    """One bar: its name, what is missing of it at the edge of the range, its requests, its total."""

    label: str
    partial: str | None
    rows: Address
    total: Amount


@dataclass(frozen=True)
class SpendChart:
    """`lines` are in the order of their sums, the rest last; `data` is what the script draws."""

    dimension: str
    buckets: tuple[Bucket, ...]
    lines: tuple[Line, ...]
    total: Amount
    data: dict[str, Any]


def spend_chart(answer: Answer, familiar: Sequence[str], view: View) -> SpendChart:
    """The chart of an answer over time by one dimension; `familiar` has the names that keep their colours."""
    names = _names_by_cost(answer)
    colours = assign(names, familiar)
    lines = [_line(view, answer, name, colours[name], _rows_of(answer, name)) for name in names]
    if answer.rest:
        lines.append(_line(view, answer, None, REST, answer.rest))
    buckets = _buckets(answer, view, lines)
    total = Amount(dollars(answer.total["cost"]), answer.unpriced_requests > 0)
    return SpendChart(
        answer.question.dimensions[0], buckets, tuple(lines), total, _data(view, answer, buckets, lines)
    )


def _names_by_cost(answer: Answer) -> list[str]:
    costs: dict[str, Decimal] = {}
    for row in answer.rows:
        costs[row.keys[0]] = costs.get(row.keys[0], Decimal(0)) + (dollars(row.values["cost"]) or Decimal(0))
    return sorted(costs, key=lambda name: (-costs[name], name))


def _amount(row: Row) -> Amount:
    return Amount(dollars(row.values["cost"]), bool(row.values["unpriced_requests"]))


def _rows_of(answer: Answer, name: str) -> list[Row]:
    return [row for row in answer.rows if row.keys[0] == name]


def _line(view: View, answer: Answer, name: str | None, colour: str, rows: list[Row]) -> Line:
    """The line of a name; of everything else when it is None, which no filter can name."""
    found = {row.bucket: _amount(row) for row in rows}
    amounts = tuple(found.get(bucket, Amount(None)) for bucket in answer.buckets)
    if name is None:
        return Line("everything else", colour, amounts, _sum(amounts), None)
    dimension = answer.question.dimensions[0]
    address = group_address(view.address, dimension, name)
    return Line(view.label(dimension, name), colour, amounts, _sum(amounts), address)


def _sum(amounts: tuple[Amount, ...]) -> Amount:
    known = [each for each in amounts if each.cost is not None]
    if not known:
        return Amount(None)
    total = sum((each.cost for each in known if each.cost is not None), Decimal(0))
    return Amount(total, any(each.is_lower_bound for each in known))


def _buckets(answer: Answer, view: View, lines: list[Line]) -> tuple[Bucket, ...]:
    window, zone = view.query.window, view.zone
    edges = [*answer.buckets, window.end]
    made = []
    for index, start in enumerate(answer.buckets):
        whole = Window(start, max(edges[index + 1], start))
        shown = Window(max(start, window.start), min(whole.end, window.end))
        made.append(
            Bucket(
                label=bucket_text(start, view.query.step, zone),
                partial=partial_text(whole, window, zone),
                rows=rows_address(view.address).put(
                    from_=instant(shown.start), to=instant(shown.end), range=None
                ),
                total=_sum(tuple(line.amounts[index] for line in lines)),
            )
        )
    return tuple(made)


def _data(view: View, answer: Answer, buckets: tuple[Bucket, ...], lines: list[Line]) -> dict[str, Any]:
    """What the script draws: texts to show as they are, numbers for lengths only."""
    parameter = DIMENSIONS[answer.question.dimensions[0]].wire
    return {
        "form": "bars",
        "kind": "money",
        "hint": "Click a bar for its requests",
        "buckets": [f"{b.label} ({b.partial})" if b.partial else b.label for b in buckets],
        "totals": [bucket.total.text or "no calls" for bucket in buckets],
        "ticks": ticks(answer.buckets, view.query.step, view.zone),
        "links": [str(bucket.rows) for bucket in buckets],
        "series": [
            {
                "name": line.name,
                "colour": line.colour,
                "values": [None if each.cost is None else float(each.cost) for each in line.amounts],
                "texts": [each.text for each in line.amounts],
                "filters": [] if line.address is None else [[parameter, line.address.first(parameter)]],
            }
            for line in lines
        ],
    }
