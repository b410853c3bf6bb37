"""A report: any measures by up to two dimensions, over time or not, of the calls that a query is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_question import ask_question
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.read_query import BY_DIMENSIONS, Accepted, ReadQuery
from farthing.reports.ask import QuestionError
from farthing.reports.measures import MEASURES
from farthing.reports.question import Answer, Question
from farthing.rules.periods import STEPS
from farthing.rules.problems import FieldProblem

T = TypeVar("T")

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
_DIMENSIONS_MAX: Final = 2
_BESIDE: Final = ("unpriced_requests",)
"""What a report always reads, for the lower bounds."""
_ACCEPTED: Final = Accepted(parameters=("step", "limit"), limit_max=10_000)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a report is to show, in words of whoever asks; `step` None is without time."""

    by: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    step: str | None = None
    order_by: str = "cost"
    limit: int = 20


@dataclass(frozen=True)
class Report:
    """`measures` are those to show, of the answer's."""

    query: ReadQuery
    answer: Answer
    measures: tuple[str, ...]


async def ask_report(parts: Parts, asker: Asker, pairs: Iterable[tuple[str, str]], asked: Asked) -> Report:
    """The report about the calls that `pairs` name, as a URL would. Raises InvalidInputError."""
    given = [*pairs, ("limit", str(asked.limit))]
    if asked.step is not None:
        given.append(("step", asked.step))
    query = await asked_query(parts, asker, given, _ACCEPTED)
    measures = _named("measure", asked.measures, {name: name for name in MEASURES}) or MEASURES_DEFAULT
    dimensions = _named("by", asked.by, BY_DIMENSIONS)
    if len(dimensions) > _DIMENSIONS_MAX:
        told = f"names {len(dimensions)} dimensions; at most {_DIMENSIONS_MAX} are taken"
        raise InvalidInputError([FieldProblem("by", told)])
    question = Question(
        workspace_id=asker.workspace.id,
        window=query.window,
        measures=tuple(dict.fromkeys((*measures, *_BESIDE))),
        dimensions=dimensions,
        step=None if asked.step is None else query.step,
        timezone=query.timezone,
        filters=query.filters,
        order_by=_named("order-by", (asked.order_by,), ORDERS)[0],
        limit=query.limit if dimensions else None,
    )
    try:
        return Report(query, await ask_question(parts, question), measures)
    except QuestionError as error:
        raise InvalidInputError([FieldProblem("step", f"{error}; steps are {', '.join(STEPS)}")]) from error


def _named(flag: str, words: Sequence[str], known: dict[str, T]) -> tuple[T, ...]:
    """What the words stand for, each once; case, hyphens and underscores make no difference."""
    plain = {plain_name(name): value for name, value in known.items()}
    unknown = [word for word in words if plain_name(word) not in plain]
    if unknown:
        told = f"{unknown[0][:80]!r} is unknown; allowed are {', '.join(known)}"
        raise InvalidInputError([FieldProblem(flag, told)])
    return tuple(dict.fromkeys(plain[plain_name(word)] for word in words))


def plain_name(name: str) -> str:
    """A name without what people write in different ways: user-id, userId and user_id are one."""
    return name.strip().replace("-", "").replace("_", "").lower()
