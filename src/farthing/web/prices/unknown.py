"""The models whose calls have no full price, and the click that says what each is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.prices.list_unpriced import UnpricedModel, list_unpriced
from farthing.actions.prices.manage_own_prices import NewAlias, add_alias, list_own_prices
from farthing.actions.prices.names_in_calls import CalledNames, names_in_calls
from farthing.actions.reads.read_query import Accepted
from farthing.rules.override import Alias
from farthing.web.address import Address
from farthing.web.filter_bar import filter_bar
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.kept import question_note
from farthing.web.pages import Frame, redirect, render
from farthing.web.prices.places import (
    ALIASES_PATH,
    OWN_PATH,
    PAGE,
    UNKNOWN_PATH,
    model_address,
    unknown_of,
    view_text,
)
from farthing.web.rows_address import rows_address
from farthing.web.view import ElsewhereError, View, read_view
from farthing.web.words import REASONS

_A_PAGE: Final = 20
_RANGE: Final = "90d"
"""What nobody has priced yet is looked for further back than money is."""
_ACCEPTED: Final = Accepted(parameters=("offset", "alias"), limit_default=_A_PAGE)
_PARTS: Final = ("partly_priced", "unpriced")


@dataclass(frozen=True)
class UnknownLine:
    """A model in the queue, and where each way to mend it leads."""

    model: UnpricedModel
    why: str
    rows: Address
    new_alias: Address
    new_price: Address
    suggested: tuple[tuple[str, str, Address], ...]


@get(UNKNOWN_PATH, needs="read")
async def show_unknown(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The queue, most calls first."""
    view = await read_view(request, parts, asker, _ACCEPTED)
    if all(view.address.first(name) is None for name in ("range", "from", "to")):
        raise ElsewhereError(view.address.put(range=_RANGE))
    found = await list_unpriced(parts, asker, view.query)
    offset, plain = view.query.offset, view.address.put(alias=None, offset=None)
    rows = found.answer.rows
    has_more = len(rows) == _A_PAGE and bool(rows[-1].values["unpriced_requests"])
    alias = await _mended(parts, asker, view.address.first("alias"))
    return render(
        request,
        "price_unknown",
        Frame(asker, PAGE),
        address=plain,
        bar=filter_bar(view, can_compare=False),
        kept=question_note([found.answer], view),
        lines=[_line(view, each) for each in found.models],
        total=found.answer.unpriced_requests,
        tokens=found.answer.unpriced_tokens,
        request_count=found.answer.request_count,
        alias=alias,
        left=None if alias is None else await _left(parts, asker, alias),
        view=view_text(plain),
        first=offset + 1,
        newer=plain.put(offset=str(offset - _A_PAGE) if offset > _A_PAGE else None) if offset else None,
        older=plain.put(offset=str(offset + _A_PAGE)) if has_more else None,
        zone=view.zone,
    )


@post(UNKNOWN_PATH, needs="manage_prices")
async def mend_unknown(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Let the name mean the model that was suggested; what is stored is offered to be priced next."""
    texts = await form_texts(request)
    names = {
        name: texts.get(name, "").strip() for name in ("provider", "name", "target_provider", "target_model")
    }
    alias = await add_alias(parts, asker, NewAlias(**names))
    return redirect(request, str(unknown_of(texts.get("view", "")).put(alias=str(alias.id))))


HANDLERS: Final = (show_unknown, mend_unknown)


def _line(view: View, model: UnpricedModel) -> UnknownLine:
    names = (("provider", model.provider), ("name", model.model))
    rows = rows_address(view.address.put(alias=None, offset=None))
    for name, value in (("provider", model.provider), ("model", model.model)):
        rows = rows.put(**{name: value})
    for status in _PARTS:
        rows = rows.add("pricingStatus", status)
    return UnknownLine(
        model=model,
        why="some calls came before their price, or ask for a tier, region or unit that has none"
        if model.reason is None
        else REASONS[model.reason],
        rows=rows,
        new_alias=Address(f"{ALIASES_PATH}/new", (*names, ("view", view_text(view.address)))),
        new_price=Address(f"{OWN_PATH}/new", (("provider", model.provider), ("model", model.model))),
        suggested=tuple((*each, model_address(*each)) for each in model.suggested),
    )


async def _mended(parts: Parts, asker: Asker, text: str | None) -> Alias | None:
    """The alias that was made a moment ago, if it is still there."""
    own = await list_own_prices(parts, asker)
    return next((each for each in own.aliases if str(each.id) == text), None)


async def _left(parts: Parts, asker: Asker, alias: Alias) -> CalledNames | None:
    """The calls that the alias is for and that have no full price yet, in whatever view; None without any."""
    called = await names_in_calls(parts, asker, alias.provider, alias.name)
    return called if called.unpriced_requests else None
