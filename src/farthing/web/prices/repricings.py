"""Pricing stored calls anew: which were, and the form that begins to look at what another would change."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from litestar import Response, get, post
from markupsafe import Markup

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import emails_of_members
from farthing.actions.prices.reprice import NewRepricing, list_repricings, preview_repricing
from farthing.actions.reads.query_parameters import Parameters
from farthing.rules.events import DATA_MODES, ENVIRONMENTS
from farthing.rules.ids import repricing_id_text
from farthing.rules.money import usd
from farthing.rules.repricing import Repricing, RepricingState, Tally
from farthing.web.address import address_of
from farthing.web.amounts import money
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.prices.places import PAGE, REPRICINGS_PATH
from farthing.web.words import problem_text

STATES: Final[dict[RepricingState, str]] = {
    "previewing": "being looked at",
    "previewed": "previewed",
    "cancelled": "cancelled",
    "failed": "failed",
    "applying": "being applied",
    "applied": "applied",
    "stopped": "stopped half-way",
    "reverting": "being reverted",
    "reverted": "reverted",
}
"""What a state is called on pages."""
_ALL: Final = "all"
_A_PAGE: Final = 20
_PAGES_MAX: Final = 5
_TEXTS: Final = ("start", "end", "providers", "models", "data_mode", "environment", "note")
_NAMES: Final = {
    "from": "start",
    "to": "end",
    "provider": "providers",
    "model": "models",
    "dataMode": "data_mode",
}


@dataclass(frozen=True)
class RepricingForm:
    """Its fields as texts. `providers` and `models` are several, parted by commas or lines."""

    start: str = ""
    end: str = ""
    providers: str = ""
    models: str = ""
    data_mode: str = _ALL
    environment: str = _ALL
    note: str = ""
    only_unpriced: bool = False
    include_closed: bool = False

    def new(self) -> NewRepricing:
        """What it says."""
        return NewRepricing(
            start=self.start or None,
            end=self.end or None,
            provider=_several(self.providers),
            model=_several(self.models),
            data_mode=self.data_mode,
            environment=self.environment,
            only_unpriced=self.only_unpriced,
            include_closed_months=self.include_closed,
            note=self.note,
        )


@dataclass(frozen=True)
class Line:
    """One in the list. `tally` is what it has changed, or would; None while nobody knows."""

    wire: str
    repricing: Repricing
    state: str
    what: str
    tally: Tally | None
    difference: Markup
    by: str | None


@get(REPRICINGS_PATH, needs="read")
async def show_repricings(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The newest first, below the form; it is filled in as far as the address says."""
    pairs = request.query_params.multi_items()
    return await _page(request, parts, asker, filled_form(pairs), {})


@post(REPRICINGS_PATH, needs="manage_prices")
async def begin_repricing(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Begin the preview, on a page of its own."""
    form = filled_form((await form_texts(request)).items())
    try:
        repricing, _ = await preview_repricing(parts, asker, form.new())
    except InvalidInputError as error:
        problems = {_NAMES.get(each.field, each.field): problem_text(each.message) for each in error.problems}
        return await _page(request, parts, asker, form, problems)
    return redirect(request, f"{REPRICINGS_PATH}/{repricing_id_text(repricing.id)}")


HANDLERS: Final = (show_repricings, begin_repricing)


def filled_form(pairs: Iterable[tuple[str, str]]) -> RepricingForm:
    """What an address or a form says; the rest as it is without."""
    given = dict(pairs)
    texts: dict[str, Any] = {name: given[name].strip() for name in _TEXTS if given.get(name, "").strip()}
    return RepricingForm(
        **texts, only_unpriced="only_unpriced" in given, include_closed="include_closed" in given
    )


def _several(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.strip() for each in re.split(r"[,\n]", text) if each.strip()))


def difference(tally: Tally | None) -> Markup:
    """By how much known costs grow, with a sign."""
    if tally is None:
        return Markup('<span class="faint">·</span>')
    plus = Markup("+") if tally.difference_picousd > 0 else Markup("")
    return plus + money(usd(tally.difference_picousd))


def which_calls(of: Repricing) -> str:
    """Which calls it is for, in a few words."""
    scope = of.scope
    which = ", ".join(scope.models) or "every model"
    told = [f"{which} of {', '.join(scope.providers)}" if scope.providers else which]
    if scope.only_unpriced:
        told.append("without a full price")
    if scope.data_modes != DATA_MODES:
        told.append(f"{', '.join(scope.data_modes)} calls")
    if scope.environments != ENVIRONMENTS:
        told.append(", ".join(scope.environments))
    return ", ".join(told)


def tally_of(of: Repricing) -> Tally | None:
    """What it has changed once it was applied, before that what it would."""
    if of.applied_at is not None:
        return of.applied
    return None if of.preview is None else of.preview.total


async def _page(
    request: PageRequest, parts: Parts, asker: Asker, form: RepricingForm, problems: dict[str, str]
) -> Response[Any]:
    address = address_of(REPRICINGS_PATH, request.query_params.multi_items())
    parameters = Parameters(address.pairs)
    parameters.refuse_others((*_TEXTS, "only_unpriced", "include_closed", "page"))
    page = parameters.whole("page", 1, _PAGES_MAX, 1)
    parameters.raise_problems()
    found = await list_repricings(parts, asker)
    emails = await emails_of_members(parts, asker)
    first = (page - 1) * _A_PAGE
    plain = address.only()
    return render(
        request,
        "repricings",
        Frame(asker, PAGE),
        400 if problems else 200,
        lines=[_line(each, emails) for each in found[first : first + _A_PAGE]],
        form=form,
        problems=problems,
        is_open=bool(problems) or form != RepricingForm() or not found,
        data_modes=(_ALL, *DATA_MODES),
        environments=(_ALL, *ENVIRONMENTS),
        newer=None if page == 1 else plain.put(page=None if page == 2 else str(page - 1)),  # noqa: PLR2004 - the first
        older=plain.put(page=str(page + 1)) if first + _A_PAGE < len(found) else None,
    )


def _line(of: Repricing, emails: dict[int, str]) -> Line:
    tally = tally_of(of)
    return Line(
        wire=repricing_id_text(of.id),
        repricing=of,
        state=STATES[of.state],
        what=which_calls(of),
        tally=tally,
        difference=difference(tally),
        by=emails.get(of.applied_by or of.created_by),
    )
