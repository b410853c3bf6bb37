"""The inbox: what was told, and what people make of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.incidents.together import incidents_of, see_to_incidents
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import read_time
from farthing.intake.times import read_time as read_instant
from farthing.rules.alert_kinds import KINDS
from farthing.rules.ids import alert_id_number, alert_id_text
from farthing.rules.instants import instant
from farthing.rules.kept_incident import KeptIncident
from farthing.rules.message import ALERT_STATES, SEVERITIES, Alert, Handling
from farthing.rules.periods import DAY_MS, MINUTE_MS
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import AlertQuery, Changes, DeliveryQuery, LoggedDelivery

LIMIT: Final = 50
LIMIT_MAX: Final = 200
PARAMETERS: Final = ("kind", "severity", "state", "since", "limit", "cursor")
SNOOZE_MINUTES_MAX: Final = 30 * 24 * 60
_DELIVERIES_MAX: Final = 200
_NUMBER_MAX: Final = 2**31 - 1


@dataclass(frozen=True)
class AlertPage:
    """Alerts, newest first; `before_id` leads to the next page, None at the end."""

    items: list[Alert]
    before_id: int | None


def read_alert_query(
    pairs: Iterable[tuple[str, str]], known: Sequence[str], now: int, timezone: str
) -> tuple[AlertQuery, int]:
    """Which alerts a URL asks for, and how many. Raises InvalidInputError."""
    parameters = Parameters(pairs)
    parameters.refuse_others(known)
    cursor = parameters.one("cursor")
    before_id = None if cursor is None else alert_id_number(cursor)
    if cursor is not None and (before_id is None or before_id > _NUMBER_MAX):
        parameters.problem("cursor", f"{cursor[:40]!r} is no such id")
    query = AlertQuery(
        now=now,
        kind=parameters.choice("kind", tuple(KINDS)),
        severity=parameters.choice("severity", SEVERITIES),
        state=parameters.choice("state", ALERT_STATES),
        since=read_time(parameters, "since", ZoneInfo(timezone)),
        before_id=before_id,
    )
    limit = parameters.whole("limit", 1, LIMIT_MAX, LIMIT)
    parameters.raise_problems()
    return query, limit


async def list_alerts(parts: Parts, asker: Asker, query: AlertQuery, limit: int) -> AlertPage:
    """A page of the inbox."""
    found = await parts.storage.alerts(asker.workspace.id, query, limit + 1)
    items = found[:limit]
    return AlertPage(items, items[-1].message.id if len(found) > limit else None)


async def find_alert(parts: Parts, asker: Asker, alert_id: int) -> Alert:
    """One. Raises NotFoundError."""
    found = await parts.storage.alert(asker.workspace.id, alert_id)
    if found is None:
        raise _unknown(alert_id_text(alert_id))
    return found


async def deliveries_of(parts: Parts, asker: Asker, alert_id: int) -> list[LoggedDelivery]:
    """What became of it on each channel, newest first."""
    query = DeliveryQuery(message_id=alert_id)
    return await parts.storage.deliveries(asker.workspace.id, query, _DELIVERIES_MAX)


def alert_number(text: str) -> int:
    """The number behind an alert's id. Raises NotFoundError."""
    number = alert_id_number(text)
    if number is None or number > _NUMBER_MAX:
        raise _unknown(text)
    return number


async def acknowledge(parts: Parts, asker: Asker, alert_id: int) -> Alert:
    """Say that it is seen to, with all of its incident; only what is worse comes up again.

    Raises NotFoundError.
    """
    handling = Handling(acknowledged_at=parts.clock.now(), by=asker.user.id)
    return await _handle(parts, asker, alert_id, handling, "alert.acknowledged")


async def snooze(parts: Parts, asker: Asker, alert_id: int, until: int) -> Alert:
    """Put it off, with all of its incident. Raises NotFoundError, and InvalidInputError for a bad time."""
    now = parts.clock.now()
    if not now < until <= now + SNOOZE_MINUTES_MAX * MINUTE_MS:
        days = SNOOZE_MINUTES_MAX * MINUTE_MS // DAY_MS
        raise InvalidInputError(
            [FieldProblem("until", f"{instant(until)} must lie ahead, and within {days} days")]
        )
    handling = Handling(snoozed_until=until, by=asker.user.id)
    return await _handle(parts, asker, alert_id, handling, "alert.snoozed")


async def reopen(parts: Parts, asker: Asker, alert_id: int) -> Alert:
    """Make it open again, with all of its incident. Raises NotFoundError."""
    return await _handle(parts, asker, alert_id, Handling(by=asker.user.id), "alert.reopened")


def snoozed_until(now: int, until: str | None, minutes: int | None) -> int:
    """When something that is put off comes up again: an instant, or in so many minutes.

    Raises InvalidInputError.
    """
    if (until is None) == (minutes is None):
        raise InvalidInputError([FieldProblem("until", "give either until or minutes")])
    if minutes is not None:
        if not 1 <= minutes <= SNOOZE_MINUTES_MAX:
            told = f"{minutes} does not lie between 1 and {SNOOZE_MINUTES_MAX}"
            raise InvalidInputError([FieldProblem("minutes", told)])
        return now + minutes * MINUTE_MS
    try:
        return read_instant(until or "")
    except ValueError as error:
        raise InvalidInputError([FieldProblem("until", str(error))]) from error


async def _handle(parts: Parts, asker: Asker, alert_id: int, handling: Handling, action: str) -> Alert:
    alert = await find_alert(parts, asker, alert_id)
    incidents = await incidents_of(parts, asker.workspace.id, alert.message.incident_key)
    work = partial(_handle_in, asker.workspace.id, alert_id, handling, action, incidents)
    return await change(parts, asker, work)


async def _handle_in(
    workspace_id: int,
    alert_id: int,
    handling: Handling,
    action: str,
    incidents: Sequence[KeptIncident],
    audited: Audited,
) -> Alert:
    changes: Changes = audited.changes
    found = await changes.handle_alert(workspace_id, alert_id, handling)
    if found is None:
        raise _unknown(alert_id_text(alert_id))
    await see_to_incidents(changes, incidents, handling)
    after = {"kind": found.message.kind, "incidentKey": found.message.incident_key}
    if handling.snoozed_until is not None:
        after["until"] = instant(handling.snoozed_until)
    await audited.enter(action, alert_id_text(alert_id), after=after)
    return found


def _unknown(text: str) -> NotFoundError:
    return NotFoundError(f"there is no alert {text[:40]!r} in this workspace")
