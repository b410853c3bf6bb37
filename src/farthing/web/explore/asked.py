"""What an address of Explore asks for: a report of one measure, and the form of its answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import REPORT, Asked, read_report
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.read_query import AUTO
from farthing.reports.measures import MEASURES
from farthing.rules.problems import FieldProblem
from farthing.web.address import Address
from farthing.web.explore.forms import FORMS, LABELS, Form, possible_forms
from farthing.web.view import View, view_of

PATH: Final = "/explore"
EXPLORE: Final = replace(REPORT, parameters=(*REPORT.parameters, "form", "view"))
"""What an address may hold: a report's parameters, the form, and the saved view that it came from."""
OWN_PARAMETERS: Final = (*REPORT.parameters, "form")
FRESH: Final = (("measure", "cost"), ("by", "model"), ("step", AUTO), ("limit", "10"))
"""What is shown when nothing was chosen yet."""


@dataclass(frozen=True)
class Explored:
    """A view of the page. `forms` are those that suit it."""

    view: View
    asked: Asked
    form: Form
    forms: tuple[Form, ...]

    @property
    def measure(self) -> str:
        """The name of the measure."""
        return self.asked.measures[0]


def fresh(address: Address) -> Address | None:
    """The address with something chosen; None for one where something is."""
    if address.first("measure") is not None:
        return None
    given = {name for name, _ in address.pairs}
    chosen = tuple(pair for pair in FRESH if pair[0] not in given)
    return Address(address.path, (*chosen, *address.pairs))


async def explored_of(parts: Parts, asker: Asker, address: Address) -> Explored:
    """What the address asks for. Raises InvalidInputError."""
    view = await view_of(parts, asker, address, EXPLORE)
    return read_explored(view)


def read_explored(view: View) -> Explored:
    """What a view asks for beyond its query. Raises InvalidInputError."""
    asked = replace(read_report(view.address.pairs, view.query), compares=view.compares)
    if len(asked.measures) != 1:
        raise InvalidInputError([FieldProblem("measure", "must be one; a page shows no more")])
    measure = MEASURES[asked.measures[0]]
    forms = possible_forms(measure, len(view.query.dimensions), is_over_time=view.query.is_over_time)
    parameters = Parameters(view.address.pairs)
    form = parameters.choice("form", FORMS)
    if form is not None and form not in forms:
        can = ", ".join(forms)
        parameters.problem("form", f"{form} ({LABELS[form]}) does not suit this question; {can} would")
    parameters.raise_problems()
    return Explored(view, asked, form or forms[0], forms)
