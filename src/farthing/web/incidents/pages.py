"""The pages of incidents."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.incidents.handle_incidents import (
    MUTE_HOURS,
    SNOOZE_HOURS,
    acknowledge,
    mute,
    reopen,
    snooze,
)
from farthing.actions.incidents.read_incidents import (
    PARAMETERS,
    acknowledger,
    chart_of,
    find_incident,
    find_watch,
    list_incidents,
    mutes_of,
    older_cursor,
    read_incident_query,
)
from farthing.actions.incidents.telling import investigation_pairs
from farthing.actions.keys.naming import value_namer
from farthing.rules.ids import incident_id_text
from farthing.rules.incident_words import (
    SIGNAL_LABELS,
    causes_text,
    change_text,
    dollars,
    facts_of,
    headline,
    place_text,
)
from farthing.web.address import address_of
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.incidents.chart import HEIGHT, WIDTH, incident_chart
from farthing.web.pages import Frame, redirect, render

_PATH: Final = "/incidents"
_ONE: Final = _PATH + "/{incident:str}"
PAGE: Final = "incidents"
STATE_WORDS: Final = {"open": "open", "acknowledged": "acknowledged", "closed": "over"}
SNOOZES: Final = {1: "an hour", SNOOZE_HOURS: "4 hours", 24: "a day", 168: "a week"}
MUTES: Final = {24: "a day", MUTE_HOURS: "a week", 720: "a month", 2160: "three months"}


@get(_PATH, needs="read")
async def show_incidents(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """What is and was unusual, newest first; or what is watched, and since when."""
    frame = Frame(asker, PAGE)
    address = address_of(_PATH, request.query_params.multi_items())
    query, limit = read_incident_query(address.pairs, PARAMETERS, frame.zone)
    page = await list_incidents(parts, asker, query, limit)
    cursor = older_cursor(page)
    watch = await find_watch(parts, asker)
    name = value_namer(await parts.storage.api_keys(asker.workspace.id))
    return render(
        request,
        "incidents",
        frame,
        lines=[
            (incident_id_text(each.id), each, headline(each, name), causes_text(each, name))
            for each in page.items
        ],
        states=STATE_WORDS,
        signals=SIGNAL_LABELS,
        given={name: address.first(name) or "" for name in ("state", "signal")},
        is_filtered=any(name != "limit" for name, _ in address.pairs),
        newest=address.put(cursor=None) if query.before_id is not None else None,
        older=None if cursor is None else address.put(cursor=cursor),
        watch=watch,
        floor=None if watch is None else dollars(watch.floor_picousd),
        dollars=dollars,
    )


@get(_ONE, needs="read")
async def show_incident(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, incident: FromPath[str]
) -> Response[Any]:
    """One: what, how much, since when, what it costs, and why."""
    frame = Frame(asker, PAGE)
    found = await find_incident(parts, asker, incident)
    pairs = investigation_pairs(found)
    explanation = found.explanation
    name = value_namer(await parts.storage.api_keys(asker.workspace.id))
    return render(
        request,
        "incident",
        frame,
        wire=incident_id_text(found.id),
        incident=found,
        headline=headline(found, name),
        measure=SIGNAL_LABELS[found.what.first.deviation.signal],
        where=place_text(found.place, name),
        facts=[each for each in facts_of(found, name) if each.label != "Cause"],
        causes=[
            (place_text(line.where, name), change_text(found.cause_of, line.change), line)
            for line in (() if explanation is None else explanation.lines)
        ],
        rest=None if explanation is None else change_text(found.cause_of, explanation.rest),
        others=[place_text(each, name) for each in found.what.places if each != found.place],
        signals=[SIGNAL_LABELS[each] for each in found.what.signals],
        chart=incident_chart(found, await chart_of(parts, asker, found), frame.zone),
        size=(WIDTH, HEIGHT),
        view=address_of("/", pairs),
        rows=address_of("/requests", pairs),
        state=STATE_WORDS[found.state],
        who=await acknowledger(parts, asker, found),
        muted=max((each.until for each in await mutes_of(parts, asker, found)), default=None),
        now=parts.clock.now(),
        snoozes=SNOOZES,
        mutes=MUTES,
    )


@post(_ONE + "/acknowledge", needs="handle_alerts")
async def press_acknowledge(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, incident: FromPath[str]
) -> Response[Any]:
    """Somebody sees to it."""
    await acknowledge(parts, asker, incident)
    return redirect(request, f"{_PATH}/{incident}")


@post(_ONE + "/snooze", needs="handle_alerts")
async def press_snooze(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, incident: FromPath[str]
) -> Response[Any]:
    """Nobody is told for as long as was chosen."""
    await snooze(parts, asker, incident, _chosen(await form_texts(request), SNOOZES, SNOOZE_HOURS))
    return redirect(request, f"{_PATH}/{incident}")


@post(_ONE + "/mute", needs="handle_alerts")
async def press_mute(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, incident: FromPath[str]
) -> Response[Any]:
    """Nobody is told of such incidents for as long as was chosen."""
    await mute(parts, asker, incident, _chosen(await form_texts(request), MUTES, MUTE_HOURS))
    return redirect(request, f"{_PATH}/{incident}")


@post(_ONE + "/reopen", needs="handle_alerts")
async def press_reopen(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, incident: FromPath[str]
) -> Response[Any]:
    """All of that is taken back."""
    await reopen(parts, asker, incident)
    return redirect(request, f"{_PATH}/{incident}")


HANDLERS: Final = (
    show_incidents,
    show_incident,
    press_acknowledge,
    press_snooze,
    press_mute,
    press_reopen,
)


def _chosen(form: dict[str, str], offered: dict[int, str], default: int) -> int:
    return next((hours for hours in offered if str(hours) == form.get("hours")), default)
