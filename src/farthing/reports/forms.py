"""The forms that an answer can be shown in, and which of them suit a question."""

from __future__ import annotations

from typing import Final, Literal, get_args

from farthing.reports.measures import Measure

Form = Literal["bars", "line", "list", "heat", "table"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
LABELS: Final[dict[Form, str]] = {
    "bars": "Stacked bars",
    "line": "Lines",
    "list": "Bar list",
    "heat": "Heat map",
    "table": "Table",
}
_GRID: Final = 2
"""Dimensions that make a heat map without time."""


def possible_forms(measure: Measure, dimension_count: int, *, is_over_time: bool) -> tuple[Form, ...]:
    """What the question can be shown as, the most telling first. Only what adds up is ever stacked."""
    found: list[Form] = []
    if is_over_time:
        found += ["bars", "line"] if measure.is_additive else ["line"]
    elif dimension_count == _GRID:
        found += ["heat"]
    if dimension_count:
        found += ["list"]
    if is_over_time and dimension_count:
        found += ["heat"]
    return (*found, "table")
