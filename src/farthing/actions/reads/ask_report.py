"""A report: any measures by up to two dimensions, over time or not, of the calls that a query is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_in_turn
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_query import BY_DIMENSIONS, Accepted, ReadQuery
from farthing.reports.ask import QuestionError
from farthing.reports.measures import MEASURES
from farthing.reports.question import Answer, Question
from farthing.rules.periods import STEPS
from farthing.rules.problems import FieldProblem

T = TypeVar("T")
Pair = tuple[str, str]

MEASURES_DEFAULT: Final = (
    "cost",
    "requests",
    "input_tokens",
    "output_tokens",
    "cost_per_request",
    "error_rate",
)
ORDERS: Final = {name: name for name, measure in MEASURES.items() if len(measure.sums) == 1}
"""Measures that groups can be ordered by: plain sums."""
_ORDERED_BY: Final = {"error_rate": "errors", "retry_rate": "retries"} | {
    name: "requests" for name, measure in MEASURES.items() if measure.kind == "milliseconds"
}
"""What stands in for measures that are no plain sums; spend does for all others."""
COMPARISONS: Final = ("previous", "none")
REPORT: Final = Accepted(
    parameters=("measure", "by", "step", "orderBy", "limit", "compare"), by_max=2, has_step_words=True
)
"""What a report is asked for with."""
SERIES_MAX: Final = 50
"""So many groups over time at most; without time, as many as `limit` may be."""
_BESIDE: Final = ("requests", "unpriced_requests")
"""What a report always reads, for the lower bounds, and for groups that have nothing to measure."""


@dataclass(frozen=True)
class Asked:
    """What a report is to show of its query. `compares` asks for the window before as well."""

    measures: tuple[str, ...]
    order_by: str
    compares: bool = False


@dataclass(frozen=True)
class Report:
    """What was asked, and its answer.

    `groups` are the answer's groups over the whole window: the answer itself if it is not over time. `before`
    are the same groups in the window before, where that was asked for.
    """

    query: ReadQuery
    asked: Asked
    answer: Answer
    groups: Answer
    before: Answer | None = None


def read_report(pairs: Iterable[Pair], query: ReadQuery, series_max: int = SERIES_MAX) -> Asked:
    """What the parameters of REPORT ask for beyond the query, which they hold too.

    Raises InvalidInputError.
    """
    parameters = Parameters(pairs)
    measures = _named(parameters, "measure", parameters.several("measure"), {name: name for name in MEASURES})
    measures = measures or MEASURES_DEFAULT
    order = parameters.one("orderBy")
    if query.is_over_time and query.dimensions and query.limit > series_max:
        parameters.problem("limit", f"{query.limit} is too many over time; at most {series_max} are taken")
    asked = Asked(
        measures,
        default_order(measures[0]) if order is None else _order(parameters, order),
        parameters.choice("compare", COMPARISONS) == COMPARISONS[0],
    )
    parameters.raise_problems()
    return asked


def _order(parameters: Parameters, text: str) -> str:
    return next(iter(_named(parameters, "orderBy", (text,), ORDERS)), "cost")


def default_order(measure: str) -> str:
    """What groups are ordered by when nobody says: most of the measure, where that is a plain sum."""
    return measure if measure in ORDERS else _ORDERED_BY.get(measure, "cost")


def _named(parameters: Parameters, field: str, words: Sequence[str], known: dict[str, T]) -> tuple[T, ...]:
    """What the words stand for, each once; case, hyphens and underscores make no difference."""
    plain = {plain_name(name): value for name, value in known.items()}
    for word in words:
        if plain_name(word) not in plain:
            parameters.problem(field, f"{word[:80]!r} is unknown; allowed are {', '.join(known)}")
    return tuple(dict.fromkeys(plain[name] for name in map(plain_name, words) if name in plain))


def plain_name(name: str) -> str:
    """A name as it is compared with others."""
    return name.strip().replace("-", "").replace("_", "").lower()


def dimension_word(word: str) -> str:
    """A dimension as the API calls it, from how people write it; others stay, to be refused."""
    return {plain_name(wire): wire for wire in BY_DIMENSIONS}.get(plain_name(word), word)


async def ask_report(parts: Parts, workspace_id: int, query: ReadQuery, asked: Asked) -> Report:
    """The report about the calls of the query, all of it of the same events. Raises InvalidInputError."""
    groups = _question(workspace_id, query, asked)

    def following(found: Answer) -> list[Question]:
        only = tuple(row.keys for row in found.rows) if query.dimensions else ()
        same = replace(groups, only=only)
        over_time = [replace(same, step=query.step)] if query.is_over_time else []
        return over_time + ([replace(same, window=query.window.previous)] if asked.compares else [])

    try:
        whole, others = await ask_in_turn(parts, groups, following)
    except QuestionError as error:
        raise InvalidInputError([FieldProblem("step", f"{error}; steps are {', '.join(STEPS)}")]) from error
    answer = whole
    if query.is_over_time:
        answer = replace(others[0], group_count=whole.group_count)
    return Report(query, asked, answer, whole, others[-1] if asked.compares else None)


def _question(workspace_id: int, query: ReadQuery, asked: Asked) -> Question:
    return Question(
        workspace_id=workspace_id,
        window=query.window,
        measures=tuple(dict.fromkeys((*asked.measures, *_BESIDE))),
        dimensions=query.dimensions,
        timezone=query.timezone,
        filters=query.filters,
        order_by=asked.order_by,
        limit=query.limit if query.dimensions else None,
    )
