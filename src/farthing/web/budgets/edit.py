"""Making and changing a budget: one form, which adds filters, shows a preview, and saves.

Each of its buttons sends the whole form, so that nothing typed is lost and no script is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.budgets.budget_fields import PER_WIRES, BudgetFields
from farthing.actions.budgets.manage_budgets import add_budget, change_budget, read_changed, read_new
from farthing.actions.errors import InvalidInputError
from farthing.actions.keys.naming import key_name
from farthing.actions.parts import Parts
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.budget_periods import WEEKDAYS
from farthing.rules.budgets import Budget
from farthing.rules.events import ENVIRONMENTS
from farthing.rules.ids import budget_id_text, key_id_text
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import AlreadyExistsError, ApiKey
from farthing.web.address import Pair
from farthing.web.budgets import words
from farthing.web.budgets.detail import BUDGET, find
from farthing.web.budgets.form import (
    BudgetForm,
    Understood,
    filled_form,
    form_of,
    fresh_form,
    slot_of,
    understood,
)
from farthing.web.budgets.listing import PAGE, PATH
from farthing.web.budgets.preview import Preview, preview
from farthing.web.chips import chip_label, chip_words, turned_value
from farthing.web.forms import form_pairs
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.view import CHIPPED, typed_filter
from farthing.web.words import problem_text


def _inside(label: str) -> str:
    """A label within a sentence."""
    return label if label.startswith("API") else label.lower()


KINDS: Final = {
    "hour": "Hour",
    "day": "Day",
    "week": "Week",
    "month": "Month",
    "quarter": "Quarter",
    "year": "Year",
    "days": "Every so many days",
    "rolling_hours": "The last hours, moving",
    "rolling_days": "The last days, moving",
}
SLOT_CHOICES: Final = {"": "No", "daily": "Yes, as the daily budget", "monthly": "Yes, as the monthly budget"}
_PERS: Final = [
    ("", "Everything together"),
    *((wire, f"Each {_inside(DIMENSIONS[name].label)}") for wire, name in PER_WIRES.items()),
]
_FIELDS: Final = {
    "limitUsd": "limit",
    "limitRequests": "limit",
    "limitTokens": "limit",
    "period": "kind",
    "period.kind": "kind",
    "period.count": "count",
    "period.anchor": "anchor",
    "period.weekStart": "week_start",
    "filters.environment": "environments",
    "apiKey": "filters",
    "add": "filters",
}


@get(PATH + "/new", needs="manage_settings")
async def show_new(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The form for a new budget; `slot` fills it in for one of the workspace's own, `copy` as another is."""
    copied = request.query_params.get("copy")
    if copied:
        form = form_of(await find(parts, asker, copied))
        form = BudgetForm(**{**vars(form), "name": f"{form.name} (copy)"[:200], "slot": ""})
    else:
        form = fresh_form(asker, slot_of(request.query_params.get("slot", "")))
    return await _show(request, parts, asker, None, _Look(form))


@post(PATH + "/new", needs="manage_settings")
async def make_budget(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Add a filter, show the preview, or make it."""
    return await _answer(request, parts, asker, None)


@get(BUDGET + "/edit", needs="manage_settings")
async def show_edit(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, budget: FromPath[str]
) -> Response[Any]:
    """The form of a budget."""
    of = await find(parts, asker, budget)
    return await _show(request, parts, asker, of, _Look(form_of(of)))


@post(BUDGET + "/edit", needs="manage_settings")
async def save_budget(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, budget: FromPath[str]
) -> Response[Any]:
    """Add a filter, show the preview, or save it."""
    return await _answer(request, parts, asker, await find(parts, asker, budget))


HANDLERS: Final = (show_new, make_budget, show_edit, save_budget)


@dataclass(frozen=True)
class _Look:
    """What the page shows: the form, what is wrong by its fields, and a preview if one was asked for."""

    form: BudgetForm
    problems: dict[str, str] = field(default_factory=dict)
    preview: Preview | None = None
    was_added: bool = False


async def _answer(request: PageRequest, parts: Parts, asker: Asker, before: Budget | None) -> Response[Any]:
    pairs = await form_pairs(request)
    form, pressed = filled_form(pairs), dict(pairs)
    try:
        changed = _filtered(form, pressed)
    except InvalidInputError as error:
        return await _show(request, parts, asker, before, _Look(form, _problems(error.problems)))
    if changed is not None:
        was_added = pressed.get("act") in ("save", "preview")
        return await _show(request, parts, asker, before, _Look(changed, was_added=was_added))
    told = understood(form, None if before is None else form_of(before))
    try:
        of = await _read(parts, asker, before, told)
        if pressed.get("act") == "preview":
            keys = await parts.storage.api_keys(asker.workspace.id)
            look = _Look(form, preview=await preview(parts, of, keys))
            return await _show(request, parts, asker, before, look)
        kept = await _kept(parts, asker, before, told.fields)
    except InvalidInputError as error:
        return await _show(request, parts, asker, before, _Look(form, _problems(error.problems)))
    except AlreadyExistsError as error:
        name = "slot" if "budget of this workspace" in str(error) else "name"
        look = _Look(form, {name: problem_text(str(error))})
        return await _show(request, parts, asker, before, look)
    return redirect(request, f"{PATH}/{budget_id_text(kept.id)}")


async def _read(parts: Parts, asker: Asker, before: Budget | None, told: Understood) -> Budget:
    """The budget as it would be. Raises InvalidInputError, with what could not be read from the form too."""
    try:
        if before is None:
            of = await read_new(parts, asker, told.fields)
        else:
            of = await read_changed(parts, asker, before, told.fields)
    except InvalidInputError as error:
        unread = {_field(each.field) for each in told.problems}
        others = [each for each in error.problems if _field(each.field) not in unread]
        raise InvalidInputError([*told.problems, *others]) from error
    if told.problems:
        raise InvalidInputError(told.problems)
    return of


async def _kept(parts: Parts, asker: Asker, before: Budget | None, fields: BudgetFields) -> Budget:
    if before is None:
        return await add_budget(parts, asker, fields)
    return await change_budget(parts, asker, before.id, fields)


def _filtered(form: BudgetForm, pressed: dict[str, str]) -> BudgetForm | None:
    """The form after a button of the filters; None for another button. Raises InvalidInputError.

    What was typed as a filter and not added yet is added by any button: saved without it, the budget would be
    about more than what its form shows.
    """
    for name in ("drop", "turn"):
        for pair in parse_qsl(pressed.get(name, "")):
            other = (pair[0], turned_value(pair)) if name == "turn" else None
            return form.swapped(pair, other)
    act, typed = pressed.get("act", ""), pressed.get("value", "").strip()
    if act in ("only_key", "not_key"):
        is_excluded = act == "not_key"
        return form.with_filter(
            ("apiKey", typed_filter("apiKey", pressed.get("key", ""), is_excluded=is_excluded))
        )
    if not typed:
        return form if act in ("only", "not") else None
    add = pressed.get("add", "")
    return form.with_filter((add, typed_filter(add, typed, is_excluded=act == "not")))


def _field(name: str) -> str:
    """What the form calls a field."""
    return _FIELDS.get(name, "filters" if name.startswith("filters") else name)


def _problems(found: Iterable[FieldProblem]) -> dict[str, str]:
    told: dict[str, str] = {}
    for each in found:
        told.setdefault(_field(each.field), problem_text(each.message))
    return told


async def _show(
    request: PageRequest, parts: Parts, asker: Asker, before: Budget | None, look: _Look
) -> Response[Any]:
    form = look.form
    keys = await parts.storage.api_keys(asker.workspace.id)
    return render(
        request,
        "budget_edit",
        Frame(asker, PAGE),
        400 if look.problems else 200,
        budget=before,
        wire=None if before is None else budget_id_text(before.id),
        form=form,
        problems=look.problems,
        preview=look.preview,
        chips=[_chip(keys, pair) for pair in form.filters],
        written=[urlencode([pair]) for pair in form.filters],
        was_added=look.was_added,
        choices={
            "kinds": KINDS,
            "weekdays": [(day, day.capitalize()) for day in WEEKDAYS],
            "units": words.UNITS,
            "environments": ENVIRONMENTS,
            "pers": _PERS,
            "per_label": dict(_PERS).get(form.per, "").removeprefix("Each ").capitalize() if form.per else "",
            "unpriced": words.UNPRICED,
            "enforcements": words.ENFORCEMENTS,
            "slots": SLOT_CHOICES,
            "dimensions": [(wire, chip_label(wire)) for wire in CHIPPED if wire != "apiKey"],
            "keys": [(key_id_text(key.id), key_name(keys, key_id_text(key.id))) for key in keys],
        },
    )


def _chip(keys: list[ApiKey], pair: Pair) -> dict[str, Any]:
    # A parameter that there is not stands in a form of nobody's making; what is wrong is said beside it.
    label, value = chip_words(lambda wire: key_name(keys, wire), pair) if pair[0] in CHIPPED else pair
    is_excluded = pair[1].startswith("!")
    return {
        "dimension": label,
        "value": value,
        "is_excluded": is_excluded,
        "says": f"{label} {'is not' if is_excluded else 'is'} {value}",
    }
