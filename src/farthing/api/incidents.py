"""Incidents over HTTP: what is unusual, why, what it costs, and saying that somebody sees to it."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from litestar import Request, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody

from farthing.actions.incidents.handle_incidents import (
    MUTE_HOURS,
    SNOOZE_HOURS,
    acknowledge,
    mute,
    reopen,
    snooze,
)
from farthing.actions.incidents.read_incidents import (
    LIMIT_MAX,
    PARAMETERS,
    Point,
    acknowledger,
    chart_of,
    find_incident,
    find_watch,
    list_incidents,
    older_cursor,
    read_incident_query,
)
from farthing.actions.incidents.telling import investigation_path
from farthing.actions.parts import Parts
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter, whole_number
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.causes import Line
from farthing.rules.changes import Where
from farthing.rules.ids import incident_id_text
from farthing.rules.incident_words import SIGNAL_LABELS, headline, line_text, value_text
from farthing.rules.instants import instant
from farthing.rules.kept_incident import STATES, KeptIncident, State
from farthing.rules.message import Severity
from farthing.rules.money import usd_text
from farthing.rules.signals import SIGNALS

Amount = str | float | None


class CauseItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part that explains a change, told in dollars or counts of `causeOf`.

    `share` is of the whole change. `volume` and `perRequest` add up to `change`: more requests, or dearer
    ones.
    """

    where: dict[str, str]
    usual: str | int
    actual: str | int
    change: str | int
    share: str
    volume: str | int
    per_request: str | int
    text: str


class TollItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Dollars beyond the usual; the last two are what it comes to if it goes on, so far included."""

    so_far_usd: str
    per_hour_usd: str
    by_day_end_usd: str
    by_month_end_usd: str


class IncidentItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What deviates together. `scope` is where it opened, empty for the whole workspace.

    `observed` and `expected` are of the `spanHours` that showed it: dollars (as text), counts,
    or shares of 1.
    """

    id: str
    title: str
    state: State
    severity: Severity
    signal: str
    signals: list[str]
    scope: dict[str, str]
    since: str
    opened_at: str
    last_seen_at: str
    closed_at: str | None
    observed: Amount
    expected: Amount
    span_hours: int
    toll: TollItem | None
    cause_of: str
    causes: list[CauseItem]
    acknowledged_at: str | None
    snoozed_until: str | None
    muted_until: str | None
    path: str


class PointItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An hour: what was observed, what is usual then, and the band around that."""

    start: str
    observed: Amount
    expected: Amount
    low: Amount
    high: Amount


class IncidentAnswer(IncidentItem, frozen=True, kw_only=True, rename="camel"):
    """An incident with who acknowledged it (a member's address) and its series by the hour."""

    acknowledged_by: str | None
    series: list[PointItem]


class WatchItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Since when the workspace is watched, when it was looked at last, and at how many places.

    Money counts from `floorUsd` on.
    """

    since: str
    looked_at: str
    place_count: int
    floor_usd: str


class IncidentList(msgspec.Struct, frozen=True, rename="camel"):
    """Incidents, newest first. `watch` is null as long as there was nothing to watch."""

    items: list[IncidentItem]
    next_cursor: str | None
    watch: WatchItem | None


class SnoozeBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """For how many hours nobody is told."""

    hours: int = SNOOZE_HOURS


class MuteBody(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """For how many hours nobody is told of such incidents."""

    hours: int = MUTE_HOURS


_TEXT: Final = Schema(type=OpenAPIType.STRING)
_QUERY: Final = (
    query_parameter(
        "state", "Only incidents in this state.", Schema(type=OpenAPIType.STRING, enum=list(STATES))
    ),
    query_parameter(
        "signal",
        "Only those that this signal opened.",
        Schema(type=OpenAPIType.STRING, enum=list(SIGNAL_LABELS)),
    ),
    query_parameter("since", "Only those last seen then or later: a local date or an instant.", _TEXT),
    query_parameter("limit", "How many incidents.", whole_number(1, LIMIT_MAX)),
    query_parameter("cursor", "nextCursor of the page before.", _TEXT),
)


@get("/incidents", tags=["incidents"], needs="read", operation_class=operation_with(_QUERY))
async def get_incidents(
    request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker
) -> IncidentList:
    """What is and was unusual, newest first, and since when it is looked for."""
    zone = ZoneInfo(asker.workspace.timezone)
    query, limit = read_incident_query(request.query_params.multi_items(), PARAMETERS, zone)
    page = await list_incidents(parts, asker, query, limit)
    return IncidentList(
        [incident_item(each) for each in page.items], older_cursor(page), await _watch(parts, asker)
    )


@get("/incidents/{incident_id:str}", tags=["incidents"], needs="read")
async def get_incident(incident_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> IncidentAnswer:
    """One incident, with its causes and what was observed beside what was expected."""
    return await _answer(parts, asker, await find_incident(parts, asker, incident_id))


@post(
    "/incidents/{incident_id:str}/acknowledge",
    status_code=200,
    tags=["incidents"],
    needs="handle_alerts",
)
async def post_acknowledge(
    incident_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> IncidentAnswer:
    """Say that somebody sees to it. If it becomes critical, channels are told all the same."""
    return await _answer(parts, asker, await acknowledge(parts, asker, incident_id))


@post(
    "/incidents/{incident_id:str}/snooze",
    status_code=200,
    tags=["incidents"],
    needs="handle_alerts",
)
async def post_snooze(
    incident_id: FromPath[str], data: JSONBody[SnoozeBody], parts: GivenParts, asker: GivenAsker
) -> IncidentAnswer:
    """Tell nobody of it for so many hours (1 to 168), and again if it is still there then."""
    return await _answer(parts, asker, await snooze(parts, asker, incident_id, data.hours))


@post(
    "/incidents/{incident_id:str}/mute",
    status_code=200,
    tags=["incidents"],
    needs="handle_alerts",
)
async def post_mute(
    incident_id: FromPath[str], data: JSONBody[MuteBody], parts: GivenParts, asker: GivenAsker
) -> IncidentAnswer:
    """Tell nobody of incidents of its signal with its cause for so many hours (1 to 2160)."""
    return await _answer(parts, asker, await mute(parts, asker, incident_id, data.hours))


@post(
    "/incidents/{incident_id:str}/reopen",
    status_code=200,
    tags=["incidents"],
    needs="handle_alerts",
)
async def post_reopen(incident_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> IncidentAnswer:
    """Take back acknowledging, snoozing and muting."""
    return await _answer(parts, asker, await reopen(parts, asker, incident_id))


HANDLERS = [get_incidents, get_incident, post_acknowledge, post_snooze, post_mute, post_reopen]


async def _watch(parts: Parts, asker: GivenAsker) -> WatchItem | None:
    watch = await find_watch(parts, asker)
    if watch is None:
        return None
    return WatchItem(
        since=instant(watch.since),
        looked_at=instant(watch.looked_at),
        place_count=watch.place_count,
        floor_usd=usd_text(watch.floor_picousd),
    )


async def _answer(parts: Parts, asker: GivenAsker, incident: KeptIncident) -> IncidentAnswer:
    series = await chart_of(parts, asker, incident)
    return IncidentAnswer(
        **msgspec.structs.asdict(incident_item(incident)),
        acknowledged_by=await acknowledger(parts, asker, incident),
        series=[_point(incident.signal, each) for each in series],
    )


def incident_item(incident: KeptIncident) -> IncidentItem:
    """An incident as it is listed."""
    what, deviation = incident.what, incident.what.first.deviation
    lines = () if incident.explanation is None else incident.explanation.lines
    return IncidentItem(
        id=incident_id_text(incident.id),
        title=headline(incident),
        state=incident.state,
        severity=incident.severity,
        signal=incident.signal,
        signals=list(what.signals),
        scope=_wire(incident.place),
        since=instant(what.since),
        opened_at=instant(what.opened_at),
        last_seen_at=instant(what.last_at),
        closed_at=_instant(what.ended_at),
        observed=_amount(incident.signal, deviation.actual),
        expected=_amount(incident.signal, deviation.usual),
        span_hours=deviation.span_hours,
        toll=_toll(incident),
        cause_of=incident.cause_of,
        causes=[_cause(incident.cause_of, line) for line in lines],
        acknowledged_at=_instant(incident.acknowledged_at),
        snoozed_until=_instant(incident.snoozed_until),
        muted_until=_instant(incident.muted_until),
        path=investigation_path(incident),
    )


def _toll(incident: KeptIncident) -> TollItem | None:
    toll = incident.toll
    if toll is None:
        return None
    return TollItem(
        so_far_usd=usd_text(toll.so_far),
        per_hour_usd=usd_text(toll.per_hour),
        by_day_end_usd=usd_text(toll.by_day_end),
        by_month_end_usd=usd_text(toll.by_month_end),
    )


def _cause(cause_of: str, line: Line) -> CauseItem:
    def told(amount: int) -> str | int:
        return usd_text(amount) if cause_of == "cost_picousd" else amount

    return CauseItem(
        where=_wire(line.where),
        usual=told(line.usual),
        actual=told(line.actual),
        change=told(line.change),
        share=str(line.share),
        volume=told(line.volume),
        per_request=told(line.per_request),
        text=line_text(cause_of, line),
    )


def _wire(place: Where) -> dict[str, str]:
    return {DIMENSIONS[name].wire: value_text(name, value) for name, value in place}


def _instant(at: int | None) -> str | None:
    return None if at is None else instant(at)


def _amount(signal: str, amount: float | None) -> Amount:
    known = SIGNALS.get(signal)
    if amount is None or known is None or known.above != "cost_picousd":
        return amount
    return usd_text(round(amount))


def _point(signal: str, point: Point) -> PointItem:
    return PointItem(
        start=instant(point.start),
        observed=_amount(signal, point.observed),
        expected=_amount(signal, point.expected),
        low=_amount(signal, point.low),
        high=_amount(signal, point.high),
    )
