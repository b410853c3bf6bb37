"""The cause of a change in the place where it was seen: the part of it that changed, or else the place.

A place that deviates has been told from all others already. What is asked is which smaller part of it
explains that: the new prompt of an endpoint, the tenant that calls it. `rules.causes` looks at a workspace
as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from farthing.rules.causes import Explanation, Line, explain, line_of
from farthing.rules.change_parts import part_of
from farthing.rules.changes import Amounts, Where, rank
from farthing.rules.incidents import WORKSPACE


def explain_within(place: Where, total: Amounts, cells: Mapping[Where, Amounts]) -> Explanation:
    """The cause of the place's `total.change`; `cells` are its parts, by values and pairs of others."""
    if place == WORKSPACE or total.change == 0:
        return explain(total, cells)
    part = part_within(place, total, cells)
    if part is not None:
        return _only(total, part)
    found = explain(total, cells)
    if found.lines:
        return replace(found, lines=tuple(_held(place, line) for line in found.lines))
    return _only(total, line_of((place, total, *total.effects), total.change))


def part_within(place: Where, total: Amounts, cells: Mapping[Where, Amounts]) -> Line | None:
    """The part of a place, smaller than it, that explains most of its change; None where there is none."""
    if not total.change:
        return None
    inner = {(*place, *where): amounts for where, amounts in cells.items() if len(where) == 1}
    part = part_of(place[0], total, inner)
    return line_of(part, total.change) if len(part[0]) > 1 else None


def _held(place: Where, line: Line) -> Line:
    """The line of a part, which is one of the place and of nothing else."""
    return replace(line, where=tuple(sorted((*place, *line.where), key=lambda each: rank(each[0]))))


def _only(total: Amounts, line: Line) -> Explanation:
    return Explanation(change=total.change, level=0, lines=(line,), rest=total.change - line.change)
