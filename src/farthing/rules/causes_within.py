"""The cause of a change in the place where it was seen: the part of it that changed, or else the place.

A place that deviates has been told from all others already. What is asked is which smaller part of it
explains that: the new prompt of an endpoint, the tenant that calls it. `rules.causes` looks at a workspace
as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from farthing.rules.causes import Explanation, Line, explain, line_of
from farthing.rules.change_parts import part_of
from farthing.rules.changes import Amounts, Where
from farthing.rules.incidents import WORKSPACE


def explain_within(place: Where, total: Amounts, cells: Mapping[Where, Amounts]) -> Explanation:
    """The cause of the place's `total.change`; `cells` are its parts, by values and pairs of others."""
    if place == WORKSPACE or total.change == 0:
        return explain(total, cells)
    inner = {(*place, *where): amounts for where, amounts in cells.items() if len(where) == 1}
    part = part_of(place[0], total, inner)
    if len(part[0]) > 1:
        return _only(total, line_of(part, total.change))
    found = explain(total, cells)
    if found.lines:
        return found
    return _only(total, line_of((place, total, *total.effects), total.change))


def _only(total: Amounts, line: Line) -> Explanation:
    return Explanation(change=total.change, level=0, lines=(line,), rest=total.change - line.change)
