"""Which window a change is measured against: the one right before, of equal length, or whichever is named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.errors import InvalidInputError
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import LATEST_MS, read_time
from farthing.actions.reads.read_query import ReadQuery
from farthing.rules.periods import Window
from farthing.rules.problems import FieldProblem

COMPARE_PARAMETERS: Final = ("compareFrom", "compareTo")
_FROM, _TO = COMPARE_PARAMETERS


def compare_window(pairs: Iterable[tuple[str, str]], query: ReadQuery) -> Window:
    """The window that the parameters name; without an end it is as long as the query's.

    Raises InvalidInputError.
    """
    parameters = Parameters(pairs)
    zone = ZoneInfo(query.timezone)
    start, end = (read_time(parameters, name, zone) for name in COMPARE_PARAMETERS)
    if parameters.one(_FROM) is None and parameters.one(_TO) is not None:
        parameters.problem(_FROM, f"is needed with {_TO}")
    parameters.raise_problems()
    if start is None:
        return query.window.previous
    if end is None:
        end = min(start + query.window.end - query.window.start, LATEST_MS)
    if start >= end:
        raise InvalidInputError([FieldProblem(_FROM, f"must lie before {_TO}")])
    return Window(start, end)
