"""One rule of where alerts go, or one limit of what calls may cost each: new, changed, muted, removed."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.alerts.inbox import snoozed_until
from farthing.actions.alerts.manage_settings import (
    add_rule,
    add_unit_cost,
    change_rule,
    change_unit_cost,
    find_settings,
    remove_rule,
    remove_unit_cost,
    rule_number,
)
from farthing.actions.alerts.setting_fields import METRICS
from farthing.actions.asker import Asker
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.rules.alert_kinds import KINDS
from farthing.rules.alert_settings import MODES, AlertRule, UnitCostRule
from farthing.rules.instants import instant
from farthing.rules.message import SEVERITIES
from farthing.rules.send_times import WEEKDAYS
from farthing.web.alerts.inbox import SNOOZES
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.alert_forms import (
    LimitForm,
    RuleForm,
    filled_limit,
    filled_rule,
    fresh_rule,
    limit_form,
    problems_of,
    rule_form,
)
from farthing.web.settings.alerts import PAGE, PATH, channel_choices

_RULES: Final = PATH + "/rules"
_LIMITS: Final = PATH + "/unit-costs"
_METRICS: Final = dict(zip(METRICS, ("USD for each request", "USD for each 1,000 tokens"), strict=True))


@get(_RULES + "/new", needs="manage_settings")
async def show_new_rule(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """The form for a rule."""
    return await _rule_page(request, parts, asker, fresh_rule(asker))


@post(_RULES + "/new", needs="manage_settings")
async def make_rule(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Make it."""
    form = filled_rule(await form_texts(request))
    try:
        await add_rule(parts, asker, form.fields())
    except InvalidInputError as error:
        return await _rule_page(request, parts, asker, form, problems=problems_of(error))
    return redirect(request, PATH)


@get(_RULES + "/{rule:str}", needs="manage_settings")
async def show_rule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, rule: FromPath[str]
) -> Response[Any]:
    """The form of a rule that there is."""
    found = await _rule(parts, asker, rule)
    return await _rule_page(request, parts, asker, rule_form(found, asker), rule)


@post(_RULES + "/{rule:str}", needs="manage_settings")
async def save_rule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, rule: FromPath[str]
) -> Response[Any]:
    """Give it what was filled in."""
    found = await _rule(parts, asker, rule)
    form = filled_rule(await form_texts(request))
    try:
        await change_rule(parts, asker, found.id, msgspec.to_builtins(form.fields()) | _mute_of(found))
    except InvalidInputError as error:
        return await _rule_page(request, parts, asker, form, rule, problems=problems_of(error))
    return redirect(request, PATH)


@post(_RULES + "/{rule:str}/mute", needs="manage_settings")
async def mute_rule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, rule: FromPath[str]
) -> Response[Any]:
    """Send nothing by it for as long as was chosen; without, send again."""
    found = await _rule(parts, asker, rule)
    text = (await form_texts(request)).get("minutes", "")
    minutes = next((each for each in SNOOZES if str(each) == text), None)
    until = None if minutes is None else instant(snoozed_until(parts.clock.now(), None, minutes))
    await change_rule(parts, asker, found.id, {"mutedUntil": until})
    return redirect(request, PATH)


@post(_RULES + "/{rule:str}/remove", needs="manage_settings")
async def end_rule(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, rule: FromPath[str]
) -> Response[Any]:
    """Remove it."""
    await remove_rule(parts, asker, rule_number(rule))
    return redirect(request, PATH)


@get(_LIMITS + "/new", needs="manage_settings")
async def show_new_limit(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """The form for a limit."""
    return _limit_page(request, asker, LimitForm())


@post(_LIMITS + "/new", needs="manage_settings")
async def make_limit(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Make it."""
    form = filled_limit(await form_texts(request))
    try:
        await add_unit_cost(parts, asker, form.fields())
    except InvalidInputError as error:
        return _limit_page(request, asker, form, problems=problems_of(error))
    return redirect(request, PATH)


@get(_LIMITS + "/{rule:str}", needs="manage_settings")
async def show_limit(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, rule: FromPath[str]
) -> Response[Any]:
    """The form of a limit that there is."""
    return _limit_page(request, asker, limit_form(await _limit(parts, asker, rule)), rule)


@post(_LIMITS + "/{rule:str}", needs="manage_settings")
async def save_limit(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, rule: FromPath[str]
) -> Response[Any]:
    """Give it what was filled in."""
    found = await _limit(parts, asker, rule)
    form = filled_limit(await form_texts(request))
    try:
        await change_unit_cost(parts, asker, found.id, msgspec.to_builtins(form.fields()))
    except InvalidInputError as error:
        return _limit_page(request, asker, form, rule, problems=problems_of(error))
    return redirect(request, PATH)


@post(_LIMITS + "/{rule:str}/remove", needs="manage_settings")
async def end_limit(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, rule: FromPath[str]
) -> Response[Any]:
    """Remove it."""
    await remove_unit_cost(parts, asker, rule_number(rule))
    return redirect(request, PATH)


HANDLERS: Final = (
    show_new_rule,
    make_rule,
    show_rule,
    save_rule,
    mute_rule,
    end_rule,
    show_new_limit,
    make_limit,
    show_limit,
    save_limit,
    end_limit,
)


async def _rule(parts: Parts, asker: Asker, wire: str) -> AlertRule:
    settings = await find_settings(parts, asker)
    number = rule_number(wire)
    found = next((each for each in settings.rules if each.id == number), None)
    if found is None:
        raise NotFoundError(f"there is no rule {wire[:40]!r} in this workspace")
    return found


async def _limit(parts: Parts, asker: Asker, wire: str) -> UnitCostRule:
    settings = await find_settings(parts, asker)
    number = rule_number(wire)
    found = next((each for each in settings.unit_costs if each.id == number), None)
    if found is None:
        raise NotFoundError(f"there is no limit {wire[:40]!r} in this workspace")
    return found


def _mute_of(rule: AlertRule) -> dict[str, str | None]:
    """The form says nothing of mutes: it stays as it is."""
    return {"mutedUntil": None if rule.muted_until is None else instant(rule.muted_until)}


async def _rule_page(
    request: PageRequest,
    parts: Parts,
    asker: Asker,
    form: RuleForm,
    wire: str | None = None,
    *,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    return render(
        request,
        "alert_rule",
        Frame(asker, PAGE),
        400 if problems else 200,
        wire=wire,
        form=form,
        kinds=[each for each in KINDS.values() if not each.is_report],
        severities=SEVERITIES,
        modes=MODES,
        weekdays=WEEKDAYS,
        channels=await channel_choices(parts, asker),
        problems=problems or {},
    )


def _limit_page(
    request: PageRequest,
    asker: Asker,
    form: LimitForm,
    wire: str | None = None,
    *,
    problems: dict[str, str] | None = None,
) -> Response[Any]:
    status = 400 if problems else 200
    frame = Frame(asker, PAGE)
    return render(
        request, "unit_cost", frame, status, wire=wire, form=form, metrics=_METRICS, problems=problems or {}
    )
