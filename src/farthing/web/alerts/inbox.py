"""The inbox as pages: what was told, what became of it, and what people make of it."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.alerts.inbox import (
    PARAMETERS,
    acknowledge,
    alert_number,
    deliveries_of,
    find_alert,
    list_alerts,
    read_alert_query,
    reopen,
    snooze,
    snoozed_until,
)
from farthing.actions.alerts.kill_switch import find_policy
from farthing.actions.errors import InvalidInputError
from farthing.rules.alert_kinds import KINDS, kind_label
from farthing.rules.ids import alert_id_text
from farthing.rules.message import ALERT_STATES, SEVERITIES, Alert
from farthing.rules.problems import FieldProblem
from farthing.web.address import Address, address_of
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.channel_words import STATES

PATH: Final = "/alerts"
PAGE: Final = "alerts"
SNOOZES: Final = {60: "for an hour", 240: "for four hours", 1_440: "for a day", 10_080: "for a week"}
"""How long an alert can be put off on pages, in minutes."""
_ALL: Final = "all"
_TABS: Final = {"open": "Open", "snoozed": "Snoozed", "acknowledged": "Acknowledged", _ALL: "All"}


@get(PATH, needs="read")
async def show_alerts(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A page of the inbox, newest first: those that are open unless another state is asked for."""
    address = address_of(PATH, request.query_params.multi_items())
    state = address.first("state") or ALERT_STATES[0]
    asked = address.put(state=None if state == _ALL else state)
    cursor = address.first("cursor")
    pairs = [*asked.pairs, *([] if cursor is None else [("cursor", cursor)])]
    now = parts.clock.now()
    query, limit = read_alert_query(pairs, PARAMETERS, now, asker.workspace.timezone)
    page = await list_alerts(parts, asker, query, limit)
    plain = address.put(state=None)
    is_plain = not any(address.first(name) for name in ("kind", "severity", "since"))
    return render(
        request,
        "alerts",
        Frame(asker, PAGE),
        lines=[(alert_id_text(each.message.id), each, each.handling.state(now)) for each in page.items],
        tabs=[(name, label, plain.put(state=name)) for name, label in _TABS.items()],
        state=state,
        given={name: address.first(name) or "" for name in ("kind", "severity")},
        kinds=list(KINDS.values()),
        severities=SEVERITIES,
        label=kind_label,
        is_plain=is_plain,
        policy=await find_policy(parts, asker),
        newest=address.put(cursor=None) if query.before_id is not None else None,
        older=None if page.before_id is None else address.put(cursor=alert_id_text(page.before_id)),
    )


@get(PATH + "/{alert:str}", needs="read")
async def show_alert(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, alert: FromPath[str]
) -> Response[Any]:
    """One with its figures and deliveries."""
    found = await find_alert(parts, asker, alert_number(alert))
    deliveries = await deliveries_of(parts, asker, found.message.id)
    return render(
        request,
        "alert",
        Frame(asker, PAGE),
        wire=alert_id_text(found.message.id),
        alert=found,
        state=found.handling.state(parts.clock.now()),
        label=kind_label,
        deliveries=deliveries,
        states=STATES,
        snoozes=SNOOZES,
    )


@post(PATH + "/{alert:str}/acknowledge", needs="handle_alerts")
async def acknowledge_alert(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, alert: FromPath[str]
) -> Response[Any]:
    """It is seen to."""
    return await _back(request, await acknowledge(parts, asker, alert_number(alert)))


@post(PATH + "/{alert:str}/snooze", needs="handle_alerts")
async def snooze_alert(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, alert: FromPath[str]
) -> Response[Any]:
    """It is put off for as long as was chosen."""
    text = (await form_texts(request)).get("minutes", "")
    minutes = next((each for each in SNOOZES if str(each) == text), None)
    if minutes is None:
        allowed = ", ".join(map(str, SNOOZES))
        raise InvalidInputError([FieldProblem("minutes", f"{text[:20]!r} is none of {allowed}")])
    until = snoozed_until(parts.clock.now(), None, minutes)
    return await _back(request, await snooze(parts, asker, alert_number(alert), until))


@post(PATH + "/{alert:str}/reopen", needs="handle_alerts")
async def reopen_alert(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, alert: FromPath[str]
) -> Response[Any]:
    """It is open again."""
    return await _back(request, await reopen(parts, asker, alert_number(alert)))


HANDLERS: Final = (show_alerts, show_alert, acknowledge_alert, snooze_alert, reopen_alert)


async def _back(request: PageRequest, alert: Alert) -> Response[Any]:
    """To the list, where the form stood there, else to the alert."""
    to_list = (await form_texts(request)).get("back") == "list"
    return redirect(
        request, str(_list_of(request)) if to_list else f"{PATH}/{alert_id_text(alert.message.id)}"
    )


def _list_of(request: PageRequest) -> Address:
    return address_of(PATH, request.query_params.multi_items())
