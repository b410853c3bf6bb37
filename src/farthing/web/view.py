"""What a page was asked to show: its address, read and understood.

Forms say two things in a way of their own, because HTML can't say them otherwise: `add`, `value` and `not`
name one more filter, `through` and `compareThrough` the last day of a range. Such an address is led on to the
plain one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.errors import FieldProblem, InvalidInputError
from farthing.actions.keys.naming import key_name
from farthing.actions.parts import Parts
from farthing.actions.reads.ask_report import COMPARISONS
from farthing.actions.reads.asked_query import asked_query
from farthing.actions.reads.read_filters import FILTER_PARAMETERS
from farthing.actions.reads.read_query import AUTO, NO_STEP, Accepted, ReadQuery
from farthing.reports.dimensions import UNKNOWN
from farthing.reports.written_filters import NO_KEY, TAGS
from farthing.rules.filter_text import EXCLUDED, written_value
from farthing.rules.ids import key_id_text
from farthing.storage.contract import ApiKey
from farthing.web.address import Address, address_of
from farthing.web.given import PageRequest

_FORM_ONLY: Final = frozenset({"add", "value", "not", "through", "compareThrough"})


CHIPPED: Final = (*FILTER_PARAMETERS, TAGS)
"""Parameters whose values are chips, and which the form adds."""


class ElsewhereError(Exception):
    """The same view has a plainer address."""

    def __init__(self, address: Address) -> None:
        self.place = str(address)
        super().__init__(self.place)


@dataclass(frozen=True)
class View:
    """A page's question. `compares` tells whether the window before is shown as well.

    `keys` are the workspace's API keys, which pages call by their names.
    """

    address: Address
    query: ReadQuery
    compares: bool
    now: int
    keys: tuple[ApiKey, ...]

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times and buckets are shown in."""
        return ZoneInfo(self.query.timezone)

    @property
    def fresh_step(self) -> str | None:
        """The `step` for another range: its width is chosen anew, but whether there is one stays."""
        if self.address.first("measure") is None:
            return None
        return AUTO if self.query.is_over_time else NO_STEP

    def label(self, dimension: str, key: str) -> str:
        """What a group of an answer is called: an API key by its name, all else by what it is."""
        if dimension != "api_key":
            return key
        return UNKNOWN if key == NO_KEY else self.key_name(key_id_text(int(key)))

    def key_name(self, wire: str) -> str:
        """See the function of this name."""
        return key_name(self.keys, wire)


async def read_view(request: PageRequest, parts: Parts, asker: Asker, accepted: Accepted) -> View:
    """The view that the request's address asks for.

    Raises InvalidInputError for what makes no sense, ElsewhereError for an address that a form made.
    """
    address = address_of(request.url.path, parse_qsl(request.url.query))
    if any(name in _FORM_ONLY for name, _ in address.pairs):
        raise ElsewhereError(plain(address))
    return await view_of(parts, asker, address, accepted)


async def view_of(parts: Parts, asker: Asker, address: Address, accepted: Accepted) -> View:
    """The view of an address. Raises InvalidInputError."""
    now = parts.clock.now()
    query = await asked_query(parts, asker, address.pairs, accepted)
    compare = address.first("compare") or COMPARISONS[0]
    if compare not in COMPARISONS:
        raise InvalidInputError([FieldProblem("compare", f"must be one of {', '.join(COMPARISONS)}")])
    keys = await parts.storage.api_keys(asker.workspace.id)
    return View(address, query, compare == COMPARISONS[0], now, tuple(keys))


def plain(address: Address) -> Address:
    """The address without the parameters that only forms use. Raises InvalidInputError."""
    name, value, sign, through = (address.first(each) for each in ("add", "value", "not", "through"))
    compared = address.first("compareThrough")
    address = address.put(add=None, value=None, not_=None, through=None, compareThrough=None)
    if name is not None and value is not None:
        address = address.add(name, typed_filter(name, value, is_excluded=sign is not None))
    if compared is not None:
        address = address.put(compareTo=_day_after("compareThrough", compared))
    return address if through is None else address.put(to=_day_after("through", through))


def typed_filter(name: str, value: str, *, is_excluded: bool) -> str:
    """What was typed into the form as the value of a parameter. A tag is typed as addresses have it."""
    if name not in CHIPPED:
        told = f"{name[:80]!r} can\u2019t be filtered by; known are {', '.join(CHIPPED)}"
        raise InvalidInputError([FieldProblem("add", told)])
    if name != TAGS:
        return written_value(value, is_excluded=is_excluded)
    literal = f"\\{value}" if value.startswith(EXCLUDED) else value
    return f"{EXCLUDED}{literal}" if is_excluded else literal


def _day_after(field: str, day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError) as error:
        raise InvalidInputError([FieldProblem(field, f"{day[:80]!r} is not a date")]) from error
