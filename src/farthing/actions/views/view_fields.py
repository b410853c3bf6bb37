"""What is given of a saved view, read and understood; and what an address of Explore asks for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import REPORT, Asked, read_report
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_query import ReadQuery
from farthing.reports.forms import FORMS, Form, possible_forms
from farthing.reports.measures import MEASURES
from farthing.rules.saved_view import QUESTION_LENGTH_MAX

Pair = tuple[str, str]
Pairs = tuple[Pair, ...]
Given = dict[str, str | list[str]]

QUESTION: Final = replace(REPORT, parameters=(*REPORT.parameters, "form"))
"""What a question of Explore may hold: a report's parameters, and the form of its answer."""


class NewView(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A view to be saved. `question` are parameters of `GET /v1/report` with one measure, and `form`."""

    name: str
    question: Given
    is_shared: bool = False
    is_pinned: bool = False


class ViewChange(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to change of one; its question as a whole."""

    name: str | msgspec.UnsetType = msgspec.UNSET
    question: Given | msgspec.UnsetType = msgspec.UNSET
    is_shared: bool | msgspec.UnsetType = msgspec.UNSET
    is_pinned: bool | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True)
class Wanted:
    """A report of one measure, and the form it is shown in; `forms` are those that would suit it."""

    asked: Asked
    form: Form
    forms: tuple[Form, ...]

    @property
    def measure(self) -> str:
        """The name of the measure."""
        return self.asked.measures[0]


def read_wanted(pairs: Iterable[Pair], query: ReadQuery) -> Wanted:
    """What the parameters of QUESTION ask for beyond their query. Raises InvalidInputError."""
    given = tuple(pairs)
    asked, parameters = read_report(given, query), Parameters(given)
    if len(parameters.several("measure")) != 1:
        parameters.problem("measure", "must be given once: one measure is shown")
    parameters.raise_problems()
    measure = MEASURES[asked.measures[0]]
    forms = possible_forms(measure, len(query.dimensions), is_over_time=query.is_over_time)
    form = parameters.choice("form", FORMS)
    if form is not None and form not in forms:
        parameters.problem("form", f"can't be {form} for this question; {', '.join(forms)} can")
    parameters.raise_problems()
    return Wanted(asked, form or forms[0], forms)


async def read_question(parts: Parts, asker: Asker, given: Given) -> Pairs:
    """The parameters of a question that makes sense. Raises InvalidInputError, fields below `question`."""
    pairs = tuple(
        (name, each)
        for name, value in given.items()
        for each in (value if isinstance(value, list) else [value])
    )
    length = len(urlencode(pairs))
    if length > QUESTION_LENGTH_MAX:
        told = f"has {length} characters as an address; at most {QUESTION_LENGTH_MAX} are kept"
        raise InvalidInputError([FieldProblem("question", told)])
    try:
        read_wanted(pairs, await asked_query(parts, asker, pairs, QUESTION))
    except InvalidInputError as error:
        raise InvalidInputError(
            FieldProblem(f"question.{each.field}", each.message) for each in error.problems
        ) from error
    return pairs
