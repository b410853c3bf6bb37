"""The forms of a new own price and a new alias, their fields as texts, and making what they say."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get, post

from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.prices.manage_own_prices import (
    PRICED_UNITS,
    NewAlias,
    NewOverride,
    add_alias,
    add_override,
)
from farthing.rules.pricebook import PricedCall
from farthing.rules.pricing import rate_unit, rate_usd_text
from farthing.rules.problems import FieldProblem
from farthing.web.forms import form_pairs, form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.prices.own import instant_text, own_problem_text
from farthing.web.prices.places import ALIASES_PATH, OWN_PATH, PAGE, unknown_of
from farthing.web.words import unit_label

FIRST_UNITS: Final = ("input_uncached", "output_visible", "cache_read", "cache_write_5m", "reasoning")
"""Units that most prices have a rate for; the others are folded away."""
_NAMES: Final = {
    "effectiveFrom": "start",
    "effectiveTo": "end",
    "discountPercent": "discount",
    "discountUnits": "discount_units",
    "targetProvider": "target_provider",
    "targetModel": "target_model",
}
_RATE: Final = "rates."


@dataclass(frozen=True)
class PriceForm:
    """The fields of a new own price. `start` and `end` are on the clock of the workspace's zone."""

    provider: str = ""
    model: str = ""
    tier: str = ""
    discount: str = ""
    start: str = ""
    end: str = ""
    note: str = ""
    rates: dict[str, str] = field(default_factory=dict)
    discount_units: tuple[str, ...] = ()

    def new(self, zone: ZoneInfo) -> NewOverride:
        """What it says."""
        return NewOverride(
            provider=self.provider,
            model=self.model or None,
            tier=self.tier or None,
            rates={unit: text for unit, text in self.rates.items() if text},
            discount_percent=self.discount or None,
            discount_units=self.discount_units,
            effective_from=instant_text(self.start, zone),
            effective_to=instant_text(self.end, zone),
            note=self.note,
        )


@dataclass(frozen=True)
class AliasForm:
    """The fields of a new alias. `view` is the one of the queue that it is made from, to go back to."""

    provider: str = ""
    name: str = ""
    target_provider: str = ""
    target_model: str = ""
    note: str = ""
    view: str = ""

    def new(self) -> NewAlias:
        """What it says."""
        return NewAlias(
            provider=self.provider,
            name=self.name,
            target_provider=self.target_provider,
            target_model=self.target_model,
            note=self.note,
        )


@get(OWN_PATH + "/new", needs="manage_prices")
async def show_new_price(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The form, filled in as far as the address says; with `free` for a model that costs nothing."""
    asked = request.query_params
    form = PriceForm(provider=asked.get("provider", ""), model=asked.get("model", ""))
    if "free" in asked:
        form = replace(form, rates=dict.fromkeys(("input_uncached", "output_visible"), "0"))
    return _price_page(request, parts, asker, form)


@post(OWN_PATH + "/new", needs="manage_prices")
async def make_price(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Make it; then the list, where pricing stored calls anew is offered."""
    pairs = await form_pairs(request)
    texts = {name: text.strip() for name, text in pairs}
    form = PriceForm(
        **{
            name: texts.get(name, "")
            for name in ("provider", "model", "tier", "discount", "start", "end", "note")
        },
        rates={unit: texts.get(f"rate_{unit}", "").lstrip("$") for unit in PRICED_UNITS},
        discount_units=tuple(text for name, text in pairs if name == "discount_units"),
    )
    try:
        made = await add_override(parts, asker, form.new(ZoneInfo(asker.workspace.timezone)))
    except InvalidInputError as error:
        return _price_page(request, parts, asker, form, _problems(error.problems))
    return redirect(request, f"{OWN_PATH}?made={made.id}")


@get(ALIASES_PATH + "/new", needs="manage_prices")
async def show_new_alias(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The form, filled in as far as the address says."""
    asked = request.query_params
    form = AliasForm(**{each.name: asked.get(each.name, "") for each in fields(AliasForm)})
    return _alias_page(request, parts, asker, form)


@post(ALIASES_PATH + "/new", needs="manage_prices")
async def make_alias(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Make it; then the queue, where pricing stored calls anew is offered."""
    texts = await form_texts(request)
    form = AliasForm(**{each.name: texts.get(each.name, "").strip() for each in fields(AliasForm)})
    try:
        made = await add_alias(parts, asker, form.new())
    except InvalidInputError as error:
        return _alias_page(request, parts, asker, form, _problems(error.problems))
    return redirect(request, str(unknown_of(form.view or "range=90d").put(alias=str(made.id))))


HANDLERS: Final = (show_new_price, make_price, show_new_alias, make_alias)


def _problems(found: tuple[FieldProblem, ...]) -> dict[str, str]:
    told: dict[str, str] = {}
    for each in found:
        name = f"rate_{each.field.removeprefix(_RATE)}" if each.field.startswith(_RATE) else each.field
        told.setdefault(_NAMES.get(name, name), own_problem_text(each.message))
    return told


def _price_page(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    form: PriceForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    more = [unit for unit in PRICED_UNITS if unit not in FIRST_UNITS]
    return render(
        request,
        "price_own_new",
        Frame(asker, PAGE),
        400 if problems else 200,
        form=form,
        problems=problems or {},
        first_units=[(unit, unit_label(unit), rate_unit(unit)) for unit in FIRST_UNITS],
        more_units=[(unit, unit_label(unit), rate_unit(unit)) for unit in more],
        is_more=any(form.rates.get(unit) or f"rate_{unit}" in (problems or {}) for unit in more),
        listed=_listed(parts, form),
        providers=sorted(each.name for each in parts.prices.book.providers),
    )


def _listed(parts: Parts, form: PriceForm) -> dict[str, str]:
    """What the price list asks of a plain call now, beside each field."""
    if not form.provider or not form.model:
        return {}
    card = parts.prices.book.rate_card(PricedCall(form.provider, form.model, parts.clock.now(), 0))
    return {unit: rate_usd_text(unit, rate.picousd) for unit, rate in card.rates.items()}


def _alias_page(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    form: AliasForm,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    return render(
        request,
        "price_alias_new",
        Frame(asker, PAGE),
        400 if problems else 200,
        form=form,
        problems=problems or {},
        providers=sorted(each.name for each in parts.prices.book.providers),
    )
