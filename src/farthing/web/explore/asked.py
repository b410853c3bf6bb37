"""What an address of Explore asks for, and the one to begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.reads.ask_report import Asked
from farthing.actions.reads.read_query import AUTO
from farthing.actions.views.view_fields import QUESTION, read_wanted
from farthing.reports.dimensions import DIMENSIONS
from farthing.reports.forms import Form
from farthing.web.address import Address
from farthing.web.view import View

PATH: Final = "/explore"
EXPLORE: Final = replace(QUESTION, parameters=(*QUESTION.parameters, "view"))
"""What an address may hold: a question, and the saved view that it came from."""
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


def explore_address(address: Address, dimension: str, step: str | None = None) -> Address:
    """Spend by a dimension in the range and with the filters of another page's address."""
    chosen = (
        ("measure", "cost"),
        ("by", DIMENSIONS[dimension].wire),
        ("step", step or AUTO),
        ("limit", "10"),
    )
    return Address(PATH, (*chosen, *address.on(PATH).pairs))


def read_explored(view: View) -> Explored:
    """What a view asks for beyond its query; unlike the API it compares unless told not to.

    Raises InvalidInputError.
    """
    wanted = read_wanted(view.address.pairs, view.query)
    asked = replace(wanted.asked, compares=view.compares)
    return Explored(view, asked, wanted.form, wanted.forms)
