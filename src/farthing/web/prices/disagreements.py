"""Where the two catalogues behind the price book disagree, by kind, with what each of them says."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get

from farthing.actions.prices.look_up import look_up_disagreements
from farthing.actions.reads.query_parameters import Parameters
from farthing.prices.differences import KINDS
from farthing.web.address import address_of
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render
from farthing.web.prices.model import difference_line
from farthing.web.prices.places import DISAGREEMENTS_PATH, PAGE, model_address

_A_PAGE: Final = 50
_PAGES_MAX: Final = 1_000


@get(DISAGREEMENTS_PATH, needs="read")
async def show_disagreements(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A page of them."""
    address = address_of(DISAGREEMENTS_PATH, request.query_params.multi_items())
    parameters = Parameters(address.pairs)
    parameters.refuse_others(("provider", "kind", "page"))
    page = parameters.whole("page", 1, _PAGES_MAX, 1)
    parameters.raise_problems()
    first = (page - 1) * _A_PAGE
    asked = [pair for pair in address.pairs if pair[0] != "page"]
    found = await look_up_disagreements(parts, [*asked, ("limit", str(_A_PAGE)), ("offset", str(first))])
    every = address.put(page=None)
    return render(
        request,
        "price_disagreements",
        Frame(asker, PAGE),
        lines=[(difference_line(each), model_address(each.provider, each.model)) for each in found.items],
        found=found,
        first=first + 1,
        tabs_of_kinds=[
            (kind, words, found.kinds.get(kind, 0), every.put(kind=kind)) for kind, words in KINDS.items()
        ],
        all_kinds=every.put(kind=None),
        without_provider=every.put(provider=None),
        kind=address.first("kind") or "",
        provider=address.first("provider") or "",
        newer=None if page == 1 else every.put(page=None if page == 2 else str(page - 1)),  # noqa: PLR2004 - the first
        older=every.put(page=str(page + 1)) if first + _A_PAGE < found.total else None,
        sources=parts.prices.shelf.held.sources,
    )


HANDLERS: Final = (show_disagreements,)
