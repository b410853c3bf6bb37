"""A ranking on a terminal and as JSON: each name with its share, and how it moved since the window before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from rich.table import Table

from farthing.actions.reads.rankings import Ranking
from farthing.api.figures import figures as told_figures
from farthing.api.rows import NO_CHANGE, change_of, group_item, key_text, share_of
from farthing.cli.amounts import AT_LEAST, dollars, moved_text, share_text
from farthing.cli.tables import figures, table, words
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.question import Answer, Row, Value
from farthing.web.figures import count

_NOTHING: Final[dict[str, Value]] = {"cost": None, "requests": 0, "unpriced_requests": 0}
More = dict[str, Callable[[Value], str]]
"""Further columns by their measure, each with how a value is written."""


def ranked_items(ranking: Ranking) -> list[dict[str, Any]]:
    """The groups as the API's rankings have them, each with what it was before and what changed."""
    return [
        group_item(row, ranking.now)
        | {
            "previous": None if ranking.before is None else told_figures(_before(ranking.before, row)),
            "change": NO_CHANGE
            if ranking.before is None
            else change_of(row.values, _before(ranking.before, row)),
        }
        for row in ranking.now.rows
    ]


def ranking_table(ranking: Ranking, more: More | None = None) -> Table:
    """A line for each name, and one for all the others."""
    more = more or {}
    answer, shown = ranking.now, table()
    words(shown, DIMENSIONS[ranking.dimension].label)
    for heading in ("USD", "Share", "Change", "Requests", *(name.replace("_", " ") for name in more)):
        figures(shown, heading.capitalize() if heading != "USD" else heading)
    for row in answer.rows:
        moved = ""
        if ranking.before is not None:
            moved = moved_text(row.values["cost"], _before(ranking.before, row)["cost"] or 0)
        shown.add_row(
            key_text(ranking.dimension, row.keys[0]),
            *_amounts(row.values, answer),
            moved,
            count(row.values["requests"]),
            *(write(row.values[name]) for name, write in more.items()),
        )
    if answer.group_count is None or answer.group_count > len(answer.rows):
        _add_rest(shown, answer)
    return shown


def _before(answer: Answer, row: Row) -> dict[str, Value]:
    """What a name had before: nothing at all, where it had no call."""
    found = next((each.values for each in answer.rows if each.keys == row.keys), _NOTHING)
    return {name: found[name] for name in _NOTHING}


def _amounts(values: dict[str, Value], answer: Answer) -> tuple[str, str]:
    bound = AT_LEAST if values["unpriced_requests"] else ""
    return bound + dollars(values["cost"]), share_text(share_of(values, answer))


def _add_rest(shown: Table, answer: Answer) -> None:
    rest: dict[str, Value] = {
        name: answer.total[name] or 0 for name in ("cost", "requests", "unpriced_requests")
    }
    for row in answer.rows:
        rest = {name: _less(value, row.values[name]) for name, value in rest.items()}
    if rest["requests"]:
        amount, share = _amounts(rest, answer)
        shown.add_row("(all others)", amount, share, "", count(rest["requests"]), style="dim")


def _less(left: Value, right: Value) -> Value:
    """Counts and Decimals, which do not mix within a measure."""
    return (left or 0) - (right or 0)  # type: ignore[operator]
