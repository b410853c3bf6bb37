"""Reading incidents: lists, one of them, what was observed beside what was expected, and what is watched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.errors import NotFoundError
from farthing.actions.incidents.evidence import StoredEvidence
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.actions.reads.query_window import read_time
from farthing.rules.ids import incident_id_number, incident_id_text
from farthing.rules.incident_words import SIGNAL_LABELS
from farthing.rules.kept_incident import STATES, Expected, KeptIncident, Mute, Watch
from farthing.rules.periods import DAY_MS, HOUR_MS, Window
from farthing.rules.retention import latest
from farthing.rules.signals import SIGNALS
from farthing.rules.week import HOURS_A_DAY, hours_of_week
from farthing.storage.contract import IncidentQuery

LIMIT: Final = 50
LIMIT_MAX: Final = 200
PARAMETERS: Final = ("state", "signal", "since", "limit", "cursor")
_NUMBER_MAX: Final = 2**31 - 1
_BEFORE_MS: Final = 24 * HOUR_MS
_AFTER_MS: Final = 6 * HOUR_MS
_SHOWN_MS_MAX: Final = 14 * DAY_MS
_BAND_SIGMAS: Final = 3
_QUARTERS: Final = 4


@dataclass(frozen=True)
class IncidentPage:
    """Incidents, newest first; `before_id` leads to the next page, None at the end."""

    items: list[KeptIncident]
    before_id: int | None


@dataclass(frozen=True)
class Point:
    """An hour: what was observed, and what is usual then, give or take three sigmas.

    Pico-dollars, counts or shares, as the signal has it. None: no call, or nothing known.
    """

    start: int
    observed: float | None
    expected: float | None
    low: float | None
    high: float | None


def read_incident_query(
    pairs: Iterable[tuple[str, str]], known: Sequence[str], zone: ZoneInfo
) -> tuple[IncidentQuery, int]:
    """Which incidents a URL asks for, and how many. Raises InvalidInputError."""
    parameters = Parameters(pairs)
    parameters.refuse_others(known)
    state = parameters.choice("state", STATES)
    signal = parameters.choice("signal", tuple(SIGNAL_LABELS))
    since = read_time(parameters, "since", zone)
    limit = parameters.whole("limit", 1, LIMIT_MAX, LIMIT)
    text = parameters.one("cursor")
    before_id = None if text is None else incident_id_number(text)
    if text is not None and (before_id is None or before_id > _NUMBER_MAX):
        parameters.problem("cursor", f"{text[:40]!r} is no place in this list")
    parameters.raise_problems()
    return IncidentQuery(state, signal, since, before_id), limit


async def list_incidents(parts: Parts, asker: Asker, query: IncidentQuery, limit: int) -> IncidentPage:
    """A page of them."""
    found = await parts.storage.incidents(asker.workspace.id, query, limit + 1)
    items = found[:limit]
    return IncidentPage(items, items[-1].id if len(found) > limit else None)


async def find_incident(parts: Parts, asker: Asker, wire_id: str) -> KeptIncident:
    """The incident with this id. Raises NotFoundError."""
    number = incident_id_number(wire_id)
    found = None
    if number is not None and number <= _NUMBER_MAX:
        found = await parts.storage.incident(asker.workspace.id, number)
    if found is None:
        raise NotFoundError(f"there is no incident {wire_id[:40]!r} in this workspace")
    return found


async def find_watch(parts: Parts, asker: Asker) -> Watch | None:
    """How the workspace is watched; None before it is."""
    return await parts.storage.watch(asker.workspace.id)


async def mutes_of(parts: Parts, asker: Asker, incident: KeptIncident) -> list[Mute]:
    """What keeps people from being told of it now."""
    now = parts.clock.now()
    mutes = await parts.storage.mutes(asker.workspace.id, now)
    return [each for each in mutes if each.covers(incident, now)]


async def acknowledger(parts: Parts, asker: Asker, incident: KeptIncident) -> str | None:
    """The address of whoever acknowledged it, if they are a member still; their id is not told."""
    if incident.acknowledged_by is None:
        return None
    members = await parts.storage.roster(asker.workspace.id)
    people = [each.membership.user for each in members]
    return next((each.email for each in people if each.id == incident.acknowledged_by), "somebody")


async def chart_of(parts: Parts, asker: Asker, incident: KeptIncident) -> list[Point]:
    """By the hour, from a day before it began until some hours after it was last seen."""
    now = parts.clock.now()
    last = min(incident.what.last_at + _AFTER_MS, now)
    first = max(incident.what.since - _BEFORE_MS, last - _SHOWN_MS_MAX)
    kept = latest(await parts.storage.retention(asker.workspace.id), ("real",)).summary_from
    start, end = -(-max(first, kept) // HOUR_MS) * HOUR_MS, last // HOUR_MS * HOUR_MS
    if start >= end:
        return []
    window = Window(start, end)
    evidence = StoredEvidence(parts.storage, asker.workspace)
    sums = await evidence.series(incident.place, window)
    slots = hours_of_week(window, HOUR_MS, evidence.zone)
    signal = SIGNALS.get(incident.signal)
    above = _by_hour(sums["request_count" if signal is None else signal.above])
    below = None if signal is None or signal.below is None else _by_hour(sums[signal.below])
    return [
        _point(
            window.start + n * HOUR_MS,
            incident.expected,
            slot,
            (above[n], None if below is None else below[n]),
        )
        for n, slot in enumerate(slots)
    ]


def _by_hour(quarters: Sequence[int]) -> list[int]:
    return [sum(quarters[n : n + _QUARTERS]) for n in range(0, len(quarters), _QUARTERS)]


def _point(start: int, expected: Expected, slot: int, sums: tuple[int, int | None]) -> Point:
    above, below = sums
    if below is None and expected.plain is not None:
        usual, sigma = expected.plain.hours[slot], expected.plain.spreads[slot]
        return _banded(start, above, usual, sigma)
    if below is not None and expected.ratio is not None:
        usual = expected.ratio.ratios[slot % HOURS_A_DAY]
        observed = above / below if below else None
        return _banded(start, observed, usual, sqrt(expected.ratio.variance / max(below, 1)))
    return Point(start, above if below is None else (above / below if below else None), None, None, None)


def _banded(start: int, observed: float | None, usual: float, sigma: float) -> Point:
    reach = _BAND_SIGMAS * sigma
    return Point(start, observed, usual, max(0.0, usual - reach), usual + reach)


def older_cursor(page: IncidentPage) -> str | None:
    """Where the next page begins."""
    return None if page.before_id is None else incident_id_text(page.before_id)
