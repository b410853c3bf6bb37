"""Search: a page of its own, and the same list under the field of the rail while somebody types."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from litestar import Response, get

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.search import NAMED, Hit, HitKind, search
from farthing.reports.dimensions import DIMENSIONS
from farthing.web.address import SEARCHED_FROM, Address, address_of
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.rows_address import group_address
from farthing.web.search.places import PLACES, SHOWN_MAX, Place
from farthing.web.values.kinds import BY_DIMENSION

PATH: Final = "/search"
PAGE: Final = "search"
_TITLES: Final[dict[HitKind, str]] = {"budget": "Budgets", "api_key": "API keys", "request": "Requests"}


@dataclass(frozen=True)
class Group:
    """What was found of one kind: (text, where it leads)."""

    title: str
    found: tuple[tuple[str, str], ...]


@get(PATH, needs="read")
async def show_search(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Everything that was found, kind by kind; without a text, all pages."""
    text, address = _wanted(request)
    groups = await _groups(parts, asker, text, address)
    return render(request, "search", Frame(asker, PAGE), text=text, groups=groups, address=address)


@get(PATH + "/found", needs="read")
async def show_found(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The list alone, for whoever is still typing."""
    text, address = _wanted(request)
    groups = await _groups(parts, asker, text, address) if text else []
    return render(request, "search_found", Frame(asker, PAGE), text=text, groups=groups)


def _wanted(request: PageRequest) -> tuple[str, Address]:
    """What is looked for, and the range and data modes of the page that it is looked for from."""
    pairs = list(request.query_params.multi_items())
    parameters = Parameters(pairs)
    parameters.refuse_others(("q", *SEARCHED_FROM))
    text = parameters.one("q") or ""
    parameters.check_text("q", text)
    parameters.raise_problems()
    return text, address_of(PATH, pairs).only(*SEARCHED_FROM)


async def _groups(parts: Parts, asker: Asker, text: str, address: Address) -> list[Group]:
    words = text.lower().split()
    places = [place for place in PLACES if asker.may(place.needs) and place.has(words)]
    pages = Group(
        "Pages",
        tuple((each.title, _page(each, address)) for each in (places[:SHOWN_MAX] if words else places)),
    )
    found = [
        Group(_title(kind), tuple((hit.text, _place(hit, asker, address)) for hit in hits))
        for kind, hits in groupby(await search(parts, asker, text), key=lambda hit: hit.kind)
    ]
    return [group for group in (pages, *found) if group.found]


def _title(kind: HitKind) -> str:
    return _TITLES[kind] if kind in _TITLES else DIMENSIONS[kind].plural


def _page(place: Place, address: Address) -> str:
    return str(address.on(place.path)) if place.is_of_calls else place.path


def _place(hit: Hit, asker: Asker, address: Address) -> str:
    if hit.kind in BY_DIMENSION:
        return str(BY_DIMENSION[hit.kind].one(address, hit.text))
    if hit.kind in NAMED:
        return str(group_address(address.on("/"), hit.kind, hit.text))
    if hit.kind == "api_key":
        return f"/settings/api-keys/{hit.wire}" if asker.may("manage_keys") else "/settings/api-keys"
    return f"/budgets/{hit.wire}" if hit.kind == "budget" else f"/requests/{hit.wire}"


HANDLERS: Final = (show_search, show_found)
