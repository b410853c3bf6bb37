"""Messages about incidents: when there is something to tell, and what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from farthing.reports.written_filters import filter_pairs
from farthing.rules.changes import Where
from farthing.rules.filters import FILTER_DIMENSIONS, Filters
from farthing.rules.ids import incident_id_text
from farthing.rules.incident_words import Name, facts_of, headline, place_text, value_text
from farthing.rules.instants import instant
from farthing.rules.kept_incident import KeptIncident, Mute
from farthing.rules.message import SEVERITIES, NewMessage
from farthing.rules.money import usd_text
from farthing.rules.periods import HOUR_MS

OPENED: Final = "incident.opened"
ESCALATED: Final = "incident.escalated"
REMINDED: Final = "incident.reminded"
_BEFORE_MS: Final = 6 * HOUR_MS
_AFTER_MS: Final = 2 * HOUR_MS


@dataclass(frozen=True)
class Look:
    """A look at `at`, the one before it at `before`; what it says is told some minutes later, `now`.

    `name` tells what values are called.
    """

    before: int
    at: int
    now: int
    name: Name = value_text


def news_of(incident: KeptIncident, mutes: Iterable[Mute], look: Look) -> NewMessage | None:
    """What is to be told of an incident by a look.

    That it is there, that it has become critical, or that it is still there when snoozing ends.
    """
    at = look.at
    if incident.what.ended_at is not None or at < incident.quiet_until:
        return None
    if any(mute.covers(incident, at) for mute in mutes):
        return None
    if incident.told is None:
        return _message(incident, OPENED, incident.severity, look)
    if SEVERITIES.index(incident.severity) > SEVERITIES.index(incident.told):
        return _message(incident, ESCALATED, incident.severity, look)
    snoozed = incident.snoozed_until
    if snoozed is not None and look.before < snoozed <= at and incident.acknowledged_at is None:
        return _message(incident, REMINDED, f"again:{snoozed}", look)
    return None


def _message(incident: KeptIncident, kind: str, once: str, look: Look) -> NewMessage:
    """One message for each severity of an incident: `once` tells it from its others."""
    identity = incident_id_text(incident.id)
    return NewMessage(
        workspace_id=incident.workspace_id,
        kind=kind,
        severity=incident.severity,
        title=_title(incident, look.name),
        text=f"Since {instant(incident.what.since)}. Look at {identity} for all that is known of it.",
        facts=facts_of(incident, look.name),
        data=told_data(incident),
        dedupe_key=f"{identity}:{once}",
        created_at=look.now,
        incident_key=identity,
        window=investigation_window(incident),
        filters=tuple(_pairs_of_cause(incident)),
    )


def _title(incident: KeptIncident, name: Name) -> str:
    """What happened and, where one is known, its cause: titles are all that subjects and lists show."""
    cause = () if incident.explanation is None else incident.cause
    is_said = not cause or cause == incident.what.first.place
    said = headline(incident, name)
    return said if is_said else f"{said}. Cause: {place_text(cause, name)}"


def told_data(incident: KeptIncident) -> dict[str, Any]:
    """The same for programs."""
    toll = incident.toll
    return {
        "incidentId": incident_id_text(incident.id),
        "signal": incident.signal,
        "since": instant(incident.what.since),
        "scope": {name: value_text(name, value) for name, value in incident.place},
        "cause": {name: value_text(name, value) for name, value in incident.cause},
        "severity": incident.severity,
        "soFarUsd": None if toll is None else usd_text(toll.so_far),
        "byMonthEndUsd": None if toll is None else usd_text(toll.by_month_end),
    }


def investigation_pairs(incident: KeptIncident) -> list[tuple[str, str]]:
    """The window around an incident and the filters of its cause, as parameters of pages."""
    start, end = investigation_window(incident)
    return [("from", instant(start)), ("to", instant(end)), *_pairs_of_cause(incident)]


def investigation_window(incident: KeptIncident) -> tuple[int, int]:
    """The time around an incident that shows what was before and after."""
    return incident.what.since - _BEFORE_MS, incident.what.last_at + _AFTER_MS


def investigation_path(incident: KeptIncident) -> str:
    """Where its investigation begins on the pages."""
    return f"/?{urlencode(investigation_pairs(incident))}"


def _pairs_of_cause(incident: KeptIncident) -> list[tuple[str, str]]:
    return filter_pairs(Filters(equals=_filters(incident.cause)))


def _filters(place: Where) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((dimension, (value,)) for dimension, value in place if dimension in FILTER_DIMENSIONS)
