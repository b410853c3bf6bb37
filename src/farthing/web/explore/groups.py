"""The groups of a report as rows of a table, each with the view of it alone and the requests behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.measures import Measure
from farthing.reports.question import Answer, Row
from farthing.reports.written_filters import filter_value
from farthing.web.address import Address, Pair
from farthing.web.colours import REST, assign
from farthing.web.explore.figure import Figure
from farthing.web.figures import Change, count, percent
from farthing.web.rows_address import rows_address
from farthing.web.view import View

ALL_CALLS: Final = "all calls"
ELSE: Final = "everything else"
_BETWEEN: Final = " \u00b7 "


@dataclass(frozen=True, kw_only=True)
class Group:
    """A row. Without `address` no filter can name it: it is everything else, or all calls.

    `keys` are those of the answer. `width` is its bar in per cent of the longest, `share` its part of the
    total where parts add up.
    """

    keys: tuple[str, ...]
    names: tuple[str, ...]
    figure: Figure
    requests: str
    is_rest: bool = False
    colour: str = "0"
    before: Figure | None = None
    change: Change | None = None
    share: str | None = None
    width: str = "0"
    address: Address | None = None
    rows: Address | None = None

    @property
    def name(self) -> str:
        """All of its names."""
        return _BETWEEN.join(self.names)

    def filters(self, view: View) -> tuple[Pair, ...]:
        """The parameters that name it alone."""
        if not self.keys:
            return ()
        return tuple(_pairs(view.query.dimensions, self.keys))


def groups_of(
    view: View, measure: Measure, answer: Answer, before: Answer | None, familiar: Sequence[str]
) -> tuple[Group, ...]:
    """The rows of an answer that is not over time, everything else last; `before` has the same groups."""
    if not answer.question.dimensions:
        return ()
    colours = assign((_BETWEEN.join(row.keys) for row in answer.rows), familiar)
    past = {row.keys: row for row in before.rows} if before else {}
    made = []
    for row in answer.rows:
        group = _group(view, measure, row, colours[_BETWEEN.join(row.keys)])
        made.append(group if before is None else _compared(group, measure, past.get(row.keys), before))
    for row in answer.rest:
        others = _rest(measure, row, answer)
        past_rest = next(iter(before.rest), None) if before else None
        made.append(others if before is None else _compared(others, measure, past_rest, before))
    return _measured(made, answer.total[measure.name] if measure.is_additive else None)


def whole_group(view: View, measure: Measure, answer: Answer, before: Answer | None) -> Group:
    """Everything that matched."""
    row = Row(None, (), answer.total)
    group = Group(
        keys=(),
        names=(ALL_CALLS,),
        figure=Figure.of(measure, row),
        requests=count(row.values["requests"]),
        rows=rows_address(view.address),
    )
    return group if before is None else _compared(group, measure, Row(None, (), before.total), before)


def _group(view: View, measure: Measure, row: Row, colour: str) -> Group:
    dimensions = view.query.dimensions
    pairs = tuple(_pairs(dimensions, row.keys))
    return Group(
        keys=row.keys,
        names=tuple(view.label(name, key) for name, key in zip(dimensions, row.keys, strict=True)),
        figure=Figure.of(measure, row),
        requests=count(row.values["requests"]),
        colour=colour,
        address=view.address.put(**dict(pairs)),
        rows=rows_address(view.address).put(**dict(pairs)),
    )


def _rest(measure: Measure, row: Row, answer: Answer) -> Group:
    names = (ELSE,)
    if answer.group_count is not None:
        names = (f"{ELSE} ({count(answer.group_count - len(answer.rows))})",)
    figure = Figure.of(measure, row)
    return Group(
        keys=(), names=names, figure=figure, requests=count(row.values["requests"]), is_rest=True, colour=REST
    )


def _pairs(dimensions: Sequence[str], keys: Sequence[str]) -> list[Pair]:
    return [
        (DIMENSIONS[name].wire, filter_value(name, key)) for name, key in zip(dimensions, keys, strict=True)
    ]


def _compared(group: Group, measure: Measure, past: Row | None, answer: Answer) -> Group:
    """With what the same was before; no call at all is 0 of what adds up, and nothing of what does not.

    `answer` is the one of before: where it does not know the measure at all, nothing is said of the group.
    """
    if past is None:
        is_nothing = measure.is_additive and answer.total[measure.name] is not None
        before = Figure(measure.kind, 0 if is_nothing else None)
    else:
        before = Figure.of(measure, past)
    return replace(group, before=before, change=group.figure.change_from(before))


def _measured(groups: Sequence[Group], whole: object) -> tuple[Group, ...]:
    """With shares of the whole, and bars as long as the figures are."""
    numbers = [group.figure.number or 0 for group in groups]
    longest, total = max(numbers, default=0), float(str(whole)) if whole else 0
    return tuple(
        replace(
            group,
            width=f"{number / longest * 100:.2f}%" if longest else "0",
            share=percent(number / total) if total else None,
        )
        for group, number in zip(groups, numbers, strict=True)
    )
