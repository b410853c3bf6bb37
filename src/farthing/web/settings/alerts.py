"""Alert settings as a page: rules, limits, the report, what else raises alerts, and the kill switch."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post

from farthing.actions.alerts.kill_switch import REASON_MAX, find_policy, set_kill_switch
from farthing.actions.alerts.manage_settings import (
    SettingsChange,
    change_settings,
    find_settings,
    settings_fields,
)
from farthing.actions.asker import Asker
from farthing.actions.channels.manage_channels import list_channels
from farthing.actions.errors import InvalidInputError
from farthing.actions.parts import Parts
from farthing.rules.alert_kinds import kind_label
from farthing.rules.ids import channel_id_text
from farthing.rules.problems import FieldProblem
from farthing.rules.send_times import WEEKDAYS
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.alert_forms import filled_report, problems_of, report_form

PATH: Final = "/settings/alerts"
PAGE: Final = "alert_settings"


@get(PATH, needs="read")
async def show_settings(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """All that the workspace says of its alerts; for those who may set it, the forms."""
    return await _page(request, parts, asker)


@post(PATH, needs="manage_settings")
async def save_settings(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What raises alerts beside budgets and incidents."""
    texts = await form_texts(request)
    try:
        change = SettingsChange(
            quality_score_min=_score(texts.get("quality", "").strip()),
            unpriced_models="unpriced" in texts,
            failed_jobs="failed" in texts,
        )
        await change_settings(parts, asker, change)
    except InvalidInputError as error:
        return await _page(request, parts, asker, problems_of(error))
    return redirect(request, PATH)


@post(PATH + "/report", needs="manage_settings")
async def save_report(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """When the weekly report goes, or that there is none."""
    texts = await form_texts(request)
    report = filled_report(texts) if texts.get("to") != "off" else None
    try:
        await change_settings(parts, asker, SettingsChange(report=report))
    except InvalidInputError as error:
        return await _page(request, parts, asker, problems_of(error))
    return redirect(request, f"{PATH}#report")


@post(PATH + "/kill-switch", needs="manage_settings")
async def turn_switch(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Enforce nothing, or enforce again."""
    texts = await form_texts(request)
    try:
        is_on = texts.get("to") == "on"
        await set_kill_switch(parts, asker, is_on=is_on, reason=texts.get("reason", ""))
    except InvalidInputError as error:
        return await _page(request, parts, asker, problems_of(error))
    return redirect(request, PATH)


HANDLERS: Final = (show_settings, save_settings, save_report, turn_switch)


async def channel_choices(parts: Parts, asker: Asker) -> list[tuple[str, str]]:
    """The workspace's channels as (id on the wire, name)."""
    return [(channel_id_text(each.id), each.name) for each in await list_channels(parts, asker)]


async def _page(
    request: PageRequest, parts: Parts, asker: Asker, problems: dict[str, str] | None = None
) -> Response[Any]:
    settings = await find_settings(parts, asker)
    channels = await channel_choices(parts, asker)
    return render(
        request,
        "alert_settings",
        Frame(asker, PAGE),
        400 if problems else 200,
        told=settings_fields(settings),
        rules=settings.rules,
        now=parts.clock.now(),
        report=report_form(settings.report, asker),
        channels=channels,
        names=dict(channels),
        weekdays=WEEKDAYS,
        label=kind_label,
        policy=await find_policy(parts, asker),
        reason_max=REASON_MAX,
        problems=problems or {},
    )


def _score(text: str) -> int | None:
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) <= 4:  # noqa: PLR2004 - the action says which are too many
        return int(text)
    raise InvalidInputError([FieldProblem("qualityScoreMin", f"must be a whole number, not {text[:20]!r}")])
