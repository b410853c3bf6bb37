"""How many calls a page reads one by one: few at first, and more for who asks for it.

At ten million calls, to read all of them takes longer than anybody waits for a page.
"""

from __future__ import annotations

from typing import Final

from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.web.view import View

PARAMETER: Final = "calls"
_ALL: Final = "all"


def wants_all(view: View) -> bool:
    """Whether the address asks for more than the newest calls. Raises InvalidInputError."""
    said = view.address.first(PARAMETER)
    if said not in (None, _ALL):
        raise InvalidInputError([FieldProblem(PARAMETER, f"must be {_ALL}, not {said[:40]!r}")])
    return said == _ALL


def all_of_them(view: View) -> str:
    """The address of the same page that reads more."""
    return str(view.address.put(**{PARAMETER: _ALL}))
