"""What a URL asks for: range, filters and paging, read in one place for the API and the pages alike.

Nothing is guessed. An unknown parameter or value, or a contradiction, is refused with what is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, cast
from zoneinfo import ZoneInfo

from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import WINDOW_PARAMETERS, default_step, read_timezone, read_window
from farthing.actions.reads.read_filters import AS_SENT, FILTER_NAMES, read_filters
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.filters import Filters
from farthing.rules.ids import cursor_place
from farthing.rules.periods import STEPS, Step, Window

COMMON_PARAMETERS: Final = (*WINDOW_PARAMETERS, *FILTER_NAMES)
"""What every read takes."""
BY_DIMENSIONS: Final = {dimension.wire: dimension.name for dimension in DIMENSIONS.values()}
OFFSET_MAX: Final = 10_000
AUTO: Final = "auto"
"""The step that suits the window."""
NO_STEP: Final = "none"
STEP_WORDS: Final = (AUTO, NO_STEP)
"""Steps of a read that need not be over time."""


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """What one route takes beyond COMMON_PARAMETERS, and the size of its pages.

    `has_step_words` says that a read is over time only if a step is given, STEP_WORDS among them.
    """

    parameters: tuple[str, ...] = ()
    limit_default: int = 20
    limit_max: int = 200
    by_max: int = 1
    has_step_words: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every parameter of the route."""
        return (*COMMON_PARAMETERS, *self.parameters)


@dataclass(frozen=True, kw_only=True)
class ReadQuery:
    """A query that makes sense. `range_name` is the preset it used, None for a window of its own.

    `step` is the one asked for, else the one that suits the window; `is_over_time` says that one was asked
    for. `dimensions` are names of dimensions. A page of a list comes after `cursor` or right before `newer`;
    without either it is the first.
    """

    window: Window
    range_name: str | None
    timezone: str
    filters: Filters
    step: Step
    is_over_time: bool
    dimensions: tuple[str, ...]
    limit: int
    offset: int
    cursor: tuple[int, int] | None
    newer: tuple[int, int] | None

    @property
    def by(self) -> str | None:
        """The one dimension of a read that takes no more."""
        return self.dimensions[0] if self.dimensions else None


def read_query(pairs: Iterable[tuple[str, str]], accepted: Accepted, now: int, timezone: str) -> ReadQuery:
    """The query in a URL's parameters, in the order sent. `timezone` is used when none is given.

    Raises InvalidInputError with every problem that was found.
    """
    parameters = Parameters(pairs, AS_SENT)
    parameters.refuse_others(accepted.names)
    zone = read_timezone(parameters, timezone)
    window, range_name = read_window(parameters, now, ZoneInfo(zone))
    step = parameters.choice("step", (*STEPS, *STEP_WORDS) if accepted.has_step_words else STEPS)
    query = ReadQuery(
        window=window,
        range_name=range_name,
        timezone=zone,
        filters=read_filters(parameters),
        step=default_step(window) if step is None or step in STEP_WORDS else cast("Step", step),
        is_over_time=step not in (None, NO_STEP),
        dimensions=_read_by(parameters, accepted.by_max),
        limit=parameters.whole("limit", 1, accepted.limit_max, accepted.limit_default),
        offset=parameters.whole("offset", 0, OFFSET_MAX, 0),
        cursor=_read_place(parameters, "cursor"),
        newer=_read_place(parameters, "newer"),
    )
    if query.cursor is not None and query.newer is not None:
        parameters.problem("newer", "can't be given together with cursor")
    parameters.raise_problems()
    return query


def _read_by(parameters: Parameters, most: int) -> tuple[str, ...]:
    if most == 1:
        wire = parameters.choice("by", tuple(BY_DIMENSIONS))
        return () if wire is None else (BY_DIMENSIONS[wire],)
    wires = [parameters.one_of("by", each, tuple(BY_DIMENSIONS)) for each in parameters.several("by")]
    names = tuple(BY_DIMENSIONS[wire] for wire in dict.fromkeys(wires) if wire is not None)
    if len(names) > most:
        parameters.problem("by", f"names {len(names)} dimensions; at most {most} are taken")
    return names


def _read_place(parameters: Parameters, name: str) -> tuple[int, int] | None:
    text = parameters.one(name)
    if text is None:
        return None
    place = cursor_place(text)
    if place is None:
        parameters.problem(name, "is not the nextCursor of an earlier page")
    return place
