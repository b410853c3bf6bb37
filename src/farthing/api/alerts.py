"""The inbox over HTTP: what was told, what became of it, and what people make of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from litestar import Request, get, post
from litestar.openapi.spec import Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, JSONBody

from farthing.actions.alerts.inbox import (
    LIMIT_MAX,
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
from farthing.api.deliveries import DeliveryItem, delivery_item
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter, whole_number, words
from farthing.rules.alert_kinds import KINDS
from farthing.rules.ids import alert_id_text
from farthing.rules.instants import instant
from farthing.rules.message import ALERT_STATES, SEVERITIES, Alert, AlertState, Severity


class FactShape(msgspec.Struct, frozen=True):
    """A line of figures, as people read them."""

    label: str
    value: str


class AlertWindow(msgspec.Struct, frozen=True):
    """What it is about: from its start up to its end, which is left out."""

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")


class AlertItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An alert. `path` is where its investigation begins on the pages; `filters` are parameters of reads.

    `cooldownApplied`: a channel was told of its `incidentKey` a moment ago, and not again. `dedupeApplied`:
    somebody has that incident in hand. `data` is the kind's own.
    """

    id: str
    kind: str
    severity: Severity
    state: AlertState
    title: str
    text: str
    created_at: str
    path: str
    window: AlertWindow | None
    filters: dict[str, list[str]]
    facts: list[FactShape]
    data: dict[str, Any]
    incident_key: str | None
    cooldown_applied: bool
    dedupe_applied: bool
    acknowledged_at: str | None
    snoozed_until: str | None


class AlertAnswer(AlertItem, frozen=True, kw_only=True, rename="camel"):
    """An alert with what became of it on each channel, newest first."""

    deliveries: list[DeliveryItem]


class AlertList(msgspec.Struct, frozen=True, rename="camel"):
    """Alerts, newest first."""

    items: list[AlertItem]
    next_cursor: str | None


class SnoozeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When it comes up again: an instant, or in so many minutes."""

    until: str | None = None
    minutes: int | None = None


_TEXT: Final = Schema(type=OpenAPIType.STRING)
_QUERY: Final = (
    query_parameter("kind", "Only this kind.", words(*KINDS)),
    query_parameter("severity", "Only this severity.", words(*SEVERITIES)),
    query_parameter("state", "Only those that are so now.", words(*ALERT_STATES)),
    query_parameter("since", "Only those told since then: a local date, or an instant.", _TEXT),
    query_parameter("limit", "How many alerts.", whole_number(1, LIMIT_MAX)),
    query_parameter("cursor", "nextCursor of the page before.", _TEXT),
)


@get("/alerts", tags=["alerts"], needs="read", operation_class=operation_with(_QUERY))
async def get_alerts(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> AlertList:
    """What was told in the workspace, whether or not a channel was; kept for 90 days."""
    now = parts.clock.now()
    pairs = request.query_params.multi_items()
    query, limit = read_alert_query(pairs, PARAMETERS, now, asker.workspace.timezone)
    page = await list_alerts(parts, asker, query, limit)
    cursor = None if page.before_id is None else alert_id_text(page.before_id)
    return AlertList([_item(each, now) for each in page.items], cursor)


@get("/alerts/{alert_id:str}", tags=["alerts"], needs="read")
async def get_alert(alert_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> AlertAnswer:
    """One, with its deliveries."""
    found = await find_alert(parts, asker, alert_number(alert_id))
    deliveries = await deliveries_of(parts, asker, found.message.id)
    item = msgspec.structs.asdict(_item(found, parts.clock.now()))
    return AlertAnswer(**item, deliveries=[delivery_item(each) for each in deliveries])


@post("/alerts/{alert_id:str}/acknowledge", status_code=200, tags=["alerts"], needs="handle_alerts")
async def post_acknowledge(alert_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> AlertItem:
    """Say that it is seen to, with all of its incident: of that, only what is worse is told again."""
    return _item(await acknowledge(parts, asker, alert_number(alert_id)), parts.clock.now())


@post("/alerts/{alert_id:str}/snooze", status_code=200, tags=["alerts"], needs="handle_alerts")
async def post_snooze(
    alert_id: FromPath[str], data: JSONBody[SnoozeBody], parts: GivenParts, asker: GivenAsker
) -> AlertItem:
    """Put it off with all of its incident, up to 30 days. Give `until` or `minutes`."""
    now = parts.clock.now()
    until = snoozed_until(now, data.until, data.minutes)
    return _item(await snooze(parts, asker, alert_number(alert_id), until), now)


@post("/alerts/{alert_id:str}/reopen", status_code=200, tags=["alerts"], needs="handle_alerts")
async def post_reopen(alert_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> AlertItem:
    """Make it open again, with all of its incident."""
    return _item(await reopen(parts, asker, alert_number(alert_id)), parts.clock.now())


HANDLERS = [get_alerts, get_alert, post_acknowledge, post_snooze, post_reopen]


def _item(alert: Alert, now: int) -> AlertItem:
    message, handling = alert.message, alert.handling
    filters: dict[str, list[str]] = {}
    for name, value in message.filters:
        filters.setdefault(name, []).append(value)
    window = None if message.window is None else AlertWindow(*(instant(at) for at in message.window))
    acknowledged, snoozed = (
        None if at is None else instant(at) for at in (handling.acknowledged_at, handling.snoozed_until)
    )
    return AlertItem(
        id=alert_id_text(message.id),
        kind=message.kind,
        severity=message.severity,
        state=handling.state(now),
        title=message.title,
        text=message.text,
        created_at=instant(message.created_at),
        path=message.path,
        window=window,
        filters=filters,
        facts=[FactShape(fact.label, fact.value) for fact in message.facts],
        data=message.data,
        incident_key=message.incident_key,
        cooldown_applied=alert.cooldown_applied,
        dedupe_applied=alert.dedupe_applied,
        acknowledged_at=acknowledged,
        snoozed_until=snoozed,
    )
