"""What can be chosen on Explore, each a link to the same question with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.actions.reads.ask_report import SERIES_MAX
from farthing.actions.reads.read_query import AUTO, NO_STEP
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.forms import LABELS, possible_forms
from farthing.reports.measures import MEASURES
from farthing.rules.periods import STEPS
from farthing.web.address import Address
from farthing.web.explore.asked import Explored
from farthing.web.filter_bar import Choice, Menu

_LIMITS: Final = (5, 10, 20, 50, 100, 200)
_STEP_LABELS: Final = {
    NO_STEP: "not over time",
    AUTO: "over time",
    "15m": "by 15 min",
    "hour": "by hour",
    "day": "by day",
    "week": "by week",
    "month": "by month",
}


@dataclass(frozen=True)
class Choices:
    """The menus of the page, and the forms as a row of links."""

    measures: Menu
    first: Menu
    second: Menu | None
    steps: Menu
    limits: Menu | None
    forms: tuple[Choice, ...]


def choices_of(explored: Explored) -> Choices:
    """All menus; a second dimension can be chosen once there is a first."""
    address, query = explored.view.address, explored.view.query
    names = query.dimensions
    second = names[1] if len(names) > 1 else None
    return Choices(
        measures=_measures(explored),
        first=_dimensions(explored, names[0] if names else None, second, is_first=True),
        second=_dimensions(explored, second, names[0], is_first=False) if names else None,
        steps=_steps(explored),
        limits=_limits(explored) if names else None,
        forms=tuple(
            Choice(LABELS[form], address.put(form=form), form == explored.form) for form in explored.forms
        ),
    )


def _measures(explored: Explored) -> Menu:
    choices = tuple(
        Choice(
            measure.label,
            _fitting(explored, explored.view.address.put(measure=name, orderBy=None), measure=name),
            name == explored.measure,
        )
        for name, measure in MEASURES.items()
    )
    return Menu(MEASURES[explored.measure].label, choices)


def _dimensions(explored: Explored, chosen: str | None, other: str | None, *, is_first: bool) -> Menu:
    """What to split by; nothing, too. Without a first, the second moves up."""
    choices = []
    for name in (None, *(each for each in DIMENSIONS if each != other)):
        pair = (name, other) if is_first else (other, name)
        wanted = tuple(each for each in pair if each is not None)
        label = "nothing" if name is None else DIMENSIONS[name].label
        choices.append(Choice(label, _split_by(explored, wanted), name == chosen))
    label = "nothing" if chosen is None else DIMENSIONS[chosen].label
    return Menu(f"{'by' if is_first else 'and by'} {label}", tuple(choices))


def _split_by(explored: Explored, dimensions: tuple[str, ...]) -> Address:
    address = explored.view.address.put(by=None)
    for name in dimensions:
        address = address.add("by", DIMENSIONS[name].wire)
    return _fitting(explored, address, dimension_count=len(dimensions))


def _steps(explored: Explored) -> Menu:
    given = explored.view.address.first("step") or NO_STEP
    choices = []
    for word in (NO_STEP, AUTO, *STEPS):
        address = explored.view.address.put(step=word)
        if word != NO_STEP and explored.view.query.limit > SERIES_MAX:
            address = address.put(limit=str(SERIES_MAX))
        fitting = _fitting(explored, address, is_over_time=word != NO_STEP)
        choices.append(Choice(_STEP_LABELS[word], fitting, word == given))
    return Menu(_STEP_LABELS.get(given, given), tuple(choices))


def _limits(explored: Explored) -> Menu:
    query = explored.view.query
    most = SERIES_MAX if query.is_over_time else _LIMITS[-1]
    choices = tuple(
        Choice(f"{limit} at most", explored.view.address.put(limit=str(limit)), limit == query.limit)
        for limit in _LIMITS
        if limit <= most
    )
    return Menu(f"{query.limit} at most", choices)


def _fitting(
    explored: Explored,
    address: Address,
    *,
    measure: str | None = None,
    dimension_count: int | None = None,
    is_over_time: bool | None = None,
) -> Address:
    """Without the form, where it would not suit the changed question."""
    query = explored.view.query
    forms = possible_forms(
        MEASURES[measure or explored.measure],
        len(query.dimensions) if dimension_count is None else dimension_count,
        is_over_time=query.is_over_time if is_over_time is None else is_over_time,
    )
    form = address.first("form")
    return address if form is None or form in forms else address.put(form=None)
