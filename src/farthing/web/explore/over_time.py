"""A report over time: a table with a column for each group, and what the script draws of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from farthing.actions.reads.read_query import AUTO
from farthing.reports.measures import Measure
from farthing.reports.question import Answer
from farthing.rules.instants import instant
from farthing.rules.periods import Window
from farthing.web.address import Address
from farthing.web.explore.figure import Figure
from farthing.web.explore.groups import Group
from farthing.web.moments import bucket_text, partial_text, ticks
from farthing.web.rows_address import rows_address
from farthing.web.view import View


@dataclass(frozen=True)
class Series:
    """A group over time; None where a bucket has no call of it, which is not 0."""

    group: Group
    figures: tuple[Figure | None, ...]


@dataclass(frozen=True)
class Bucket:
    """A bucket: its name, what is missing of it at the edge of the range, and its total where parts add up.

    `address` is the view of it alone, `rows` are its requests.
    """

    label: str
    partial: str | None
    address: Address
    rows: Address
    total: Figure | None


@dataclass(frozen=True)
class TimeTable:
    """All figures by bucket and group."""

    buckets: tuple[Bucket, ...]
    series: tuple[Series, ...]
    ticks: dict[str, str]
    has_total: bool


def time_table(view: View, answer: Answer, groups: Sequence[Group], measure: Measure) -> TimeTable:
    """The table of an answer over time; its `groups` are the columns."""
    found: dict[tuple[tuple[str, ...], int | None], Figure] = {
        (row.keys, row.bucket): Figure.of(measure, row) for row in answer.rows
    }
    rest = {row.bucket: Figure.of(measure, row) for row in answer.rest}
    series = []
    for group in groups:
        by_bucket = (
            rest if group.is_rest else {at: f for (keys, at), f in found.items() if keys == group.keys}
        )
        series.append(Series(group, tuple(by_bucket.get(bucket) for bucket in answer.buckets)))
    return TimeTable(
        _buckets(view, answer, measure, series),
        tuple(series),
        ticks(answer.buckets, view.query.step, view.zone),
        measure.is_additive,
    )


def _buckets(view: View, answer: Answer, measure: Measure, series: Sequence[Series]) -> tuple[Bucket, ...]:
    window, zone = view.query.window, view.zone
    edges = [*answer.buckets, window.end]
    made = []
    for index, start in enumerate(answer.buckets):
        whole = Window(start, max(edges[index + 1], start))
        shown = Window(max(start, window.start), min(whole.end, window.end))
        times = {"from_": instant(shown.start), "to": instant(shown.end), "range": None}
        figures = [each.figures[index] for each in series]
        made.append(
            Bucket(
                label=bucket_text(start, view.query.step, zone),
                partial=partial_text(whole, window, zone),
                address=view.address.put(**times, step=AUTO),
                rows=rows_address(view.address).put(**times),
                total=_sum(measure, figures) if measure.is_additive else None,
            )
        )
    return tuple(made)


def _sum(measure: Measure, figures: Sequence[Figure | None]) -> Figure | None:
    known = [each for each in figures if each is not None]
    if not known:
        return None
    if any(each.value is None for each in known):
        return Figure(measure.kind, None)
    total = sum((Decimal(each.value or 0) for each in known), Decimal(0))
    return Figure(measure.kind, total, any(each.is_lower_bound for each in known))


def chart_data(view: View, form: str, table: TimeTable) -> dict[str, Any]:
    """What the script draws: texts to show as they are, numbers for lengths only."""
    return {
        "form": form,
        "kind": table.series[0].group.figure.kind if table.series else "count",
        "hint": "Click to look closer",
        "buckets": [f"{b.label} ({b.partial})" if b.partial else b.label for b in table.buckets],
        "totals": [_total_text(bucket, has_total=table.has_total) for bucket in table.buckets],
        "ticks": table.ticks,
        "links": [str(bucket.address) for bucket in table.buckets],
        "series": [_drawn(view, each) for each in table.series],
    }


def _total_text(bucket: Bucket, *, has_total: bool) -> str:
    if not has_total:
        return ""
    return "no calls" if bucket.total is None else bucket.total.text


def _drawn(view: View, series: Series) -> dict[str, Any]:
    group = series.group
    return {
        "name": group.name,
        "colour": group.colour,
        "values": [None if each is None else each.number for each in series.figures],
        "texts": ["" if each is None else each.text for each in series.figures],
        "filters": list(group.filters(view)),
    }
