"""A report as it is shown: a row for each group, a chart where the form has one, and every figure in tables.

The same on the page of Explore, and for what is pinned to the overview.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.ask_report import Report, ask_report
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.forms import Form
from farthing.reports.measures import MEASURES, Measure
from farthing.reports.question import Answer
from farthing.web.explore.asked import Explored
from farthing.web.explore.groups import Group, groups_of, whole_group
from farthing.web.explore.heat import HeatMap, heat_of_pairs, heat_over_time
from farthing.web.explore.over_time import TimeTable, chart_data, time_table
from farthing.web.familiar import by_age, familiar_question
from farthing.web.figures import count
from farthing.web.kept import question_note
from farthing.web.moments import window_text

_DRAWN: Final = ("bars", "line")
"""Forms that a script draws."""


@dataclass(frozen=True, kw_only=True)
class Panel:
    """All that is shown of a report. `heads` are the labels of the dimensions.

    `shown` says which groups there are, where others are left out.
    """

    measure: Measure
    form: Form
    title: str
    when: str
    heads: tuple[str, ...]
    groups: tuple[Group, ...]
    whole: Group
    shown: str | None
    times: TimeTable | None
    heat: HeatMap | None
    chart: dict[str, Any] | None
    kept: str | None
    compares: bool

    @property
    def is_empty(self) -> bool:
        """Whether no call matched at all."""
        return self.whole.requests == "0"


async def ask_panel(parts: Parts, asker: Asker, explored: Explored) -> Panel:
    """Ask what an address asks for, and make it ready to be shown. Raises InvalidInputError."""
    view = explored.view
    found = await ask_report(parts, asker.workspace.id, view.query, explored.asked)
    familiar: tuple[str, ...] = ()
    if len(view.query.dimensions) == 1 and found.groups.rows:
        known = familiar_question(asker.workspace.id, view.query.dimensions[0], view.now)
        familiar = await by_age(parts, await ask_question(parts, known))
    return _panel(explored, found, familiar)


def _panel(explored: Explored, found: Report, familiar: tuple[str, ...]) -> Panel:
    """What is shown; the `familiar` names keep their colours whatever is filtered."""
    view, measure, form = explored.view, MEASURES[explored.measure], explored.form
    before = _comparable(found.before)
    groups = groups_of(view, measure, found.groups, before, familiar)
    whole = whole_group(view, measure, found.groups, before)
    heads = tuple(DIMENSIONS[name].label for name in view.query.dimensions)
    times = time_table(view, found.answer, groups or (whole,), measure) if view.query.is_over_time else None
    heat = None
    if form == "heat":
        heat = heat_of_pairs(heads, groups) if times is None else heat_over_time(view, times)
    return Panel(
        measure=measure,
        form=form,
        title=title_of(explored),
        when=window_text(view.query.window, view.zone),
        heads=heads,
        groups=groups,
        whole=whole,
        shown=_shown(found),
        times=times,
        heat=heat,
        chart=chart_data(view, form, times) if form in _DRAWN and times is not None else None,
        kept=question_note((found.groups, found.answer), view),
        compares=before is not None,
    )


def title_of(explored: Explored) -> str:
    """E.g. "Spend by model and user over time"."""
    labels = [DIMENSIONS[name].label for name in explored.view.query.dimensions]
    lowered = [label if label.isupper() or label == "API key" else label.lower() for label in labels]
    split = f" by {' and '.join(lowered)}" if lowered else ""
    time = " over time" if explored.view.query.is_over_time else ""
    return f"{MEASURES[explored.measure].label}{split}{time}"


def _comparable(before: Answer | None) -> Answer | None:
    """None where there was no call to compare with, or what is left of that window is not all of it."""
    if before is None or before.reach.is_truncated or not before.total["requests"]:
        return None
    return before


def _shown(found: Report) -> str | None:
    answer = found.groups
    if not answer.rest:
        return None
    of_all = "" if answer.group_count is None else f" of {count(answer.group_count)}"
    return f"the {len(answer.rows)}{of_all} with most {MEASURES[found.asked.order_by].label.lower()}"
