"""What a page was asked to show: its address, read and understood.

Forms say two things in a way of their own, because HTML can't say them otherwise: `add` and `value` name one
more filter, `through` the last day of a range. Such an address is led on to the plain one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.reads.read_query import FILTER_PARAMETERS, Accepted, ReadQuery, read_query
from farthing.web.address import Address, address_of
from farthing.web.given import PageRequest

COMPARISONS: Final = ("previous", "none")
_FORM_ONLY: Final = frozenset({"add", "value", "through"})


class ElsewhereError(Exception):
    """The same view has a plainer address."""

    def __init__(self, address: Address) -> None:
        self.place = str(address)
        super().__init__(self.place)


@dataclass(frozen=True)
class View:
    """A page's question. `compares` tells whether the window before is shown as well."""

    address: Address
    query: ReadQuery
    compares: bool
    now: int

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times and buckets are shown in."""
        return ZoneInfo(self.query.timezone)


def read_view(request: PageRequest, parts: Parts, asker: Asker, accepted: Accepted) -> View:
    """The view that the request's address asks for.

    Raises InvalidInputError for what makes no sense, ElsewhereError for an address that a form made.
    """
    address = address_of(request.url.path, parse_qsl(request.url.query))
    if any(name in _FORM_ONLY for name, _ in address.pairs):
        raise ElsewhereError(plain(address))
    now = parts.clock.now()
    query = read_query(address.pairs, accepted, now, asker.workspace.timezone)
    compare = address.first("compare") or COMPARISONS[0]
    if compare not in COMPARISONS:
        raise InvalidInputError([FieldProblem("compare", f"must be one of {', '.join(COMPARISONS)}")])
    return View(address, query, compare == COMPARISONS[0], now)


def plain(address: Address) -> Address:
    """The address without the parameters that only forms use. Raises InvalidInputError."""
    name, value, through = (address.first(each) for each in ("add", "value", "through"))
    address = address.put(add=None, value=None, through=None)
    if name is not None and value is not None:
        if name not in FILTER_PARAMETERS:
            allowed = ", ".join(FILTER_PARAMETERS)
            raise InvalidInputError(
                [FieldProblem("add", f"{name[:80]!r} can\u2019t be filtered by; known are {allowed}")]
            )
        address = address.add(name, value)
    return address if through is None else address.put(to=_day_after(through))


def _day_after(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError) as error:
        raise InvalidInputError([FieldProblem("through", f"{day[:80]!r} is not a date")]) from error
