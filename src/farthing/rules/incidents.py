"""Incidents: deviations that belong together, from their beginning to their end, told of once.

At every look there are many deviations of one thing: of the workspace, its endpoint and its model, in spend,
requests and errors. Those of one family that began together, that come up at the same look, or that are of a
place which an incident has already, are one incident. It goes on through half of what it took to begin, ends
after two quiet hours, and what comes up within six hours of its end is the same one again and no news.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

import msgspec

from farthing.rules.anomalies import Deviation
from farthing.rules.changes import Where
from farthing.rules.periods import HOUR_MS, QUARTER_MS
from farthing.rules.signals import Family, family_of

QUIET_MS: Final = 2 * HOUR_MS
AGAIN_MS: Final = 6 * HOUR_MS
TOGETHER_MS: Final = 3 * HOUR_MS

T = TypeVar("T")

WORKSPACE: Final[Where] = ()
"""The place that holds all others."""


class Seen(msgspec.Struct, frozen=True):
    """A deviation of a place, which is a value of a dimension or the workspace, when a quarter hour ends."""

    place: Where
    deviation: Deviation
    at: int

    @property
    def since(self) -> int:
        return self.at - self.deviation.quarters * QUARTER_MS

    @property
    def family(self) -> Family:
        return family_of(self.deviation.signal)


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """What deviates together. Times are UTC milliseconds; `ended_at` is None while it goes on.

    `first` is the deviation that opened it, `worst` the one with the most money (or the highest score) so
    far. `places` and `signals` are all that took part, in the order they did.
    """

    family: Family
    since: int
    opened_at: int
    last_at: int
    ended_at: int | None
    first: Seen
    worst: Seen
    places: tuple[Where, ...]
    signals: tuple[str, ...]

    @property
    def key(self) -> tuple[Family, int]:
        """What tells it from every other of its workspace and messages are counted as one by."""
        return self.family, self.opened_at


class Look(msgspec.Struct, frozen=True):
    """What a look makes of the incidents: all that go on or may come up again, and what is news of them."""

    incidents: tuple[Incident, ...]
    opened: tuple[Incident, ...]
    ended: tuple[Incident, ...]


def look(before: Iterable[Incident], seen: Sequence[Seen], now: int) -> Look:
    """Take what is seen at `now` into the incidents there were; call it with nothing seen too."""
    incidents = list(before)
    fresh: list[Incident] = []
    for each in sorted(seen, key=_importance):
        place = _home(incidents, each)
        if place is not None:
            incidents[place] = _joined(incidents[place], each)
        elif each.deviation.is_opening:
            incidents.append(_opened(each))
            fresh.append(incidents[-1])
    keys = {each.key for each in fresh}
    ended = [each for each in incidents if each.ended_at is None and now - each.last_at >= QUIET_MS]
    incidents = [_ended(each) if each in ended else each for each in incidents]
    return Look(
        tuple(
            each for each in incidents if each.ended_at is None or now - each.ended_at < AGAIN_MS + QUIET_MS
        ),
        tuple(each for each in incidents if each.key in keys),
        tuple(_ended(each) for each in ended),
    )


def _importance(seen: Seen) -> tuple[bool, bool, int, float]:
    """Openings first, those of the workspace before those of its parts, then by money."""
    deviation = seen.deviation
    return not deviation.is_opening, seen.place != WORKSPACE, -deviation.excess_picousd, -deviation.score


def _home(incidents: Sequence[Incident], seen: Seen) -> int | None:
    """The incident that a deviation belongs to, the newest first."""
    for number in reversed(range(len(incidents))):
        incident = incidents[number]
        if incident.family != seen.family:
            continue
        if incident.ended_at is not None:
            if seen.deviation.is_opening and seen.since < incident.ended_at + AGAIN_MS:
                return number
        elif (
            seen.place in (*incident.places, WORKSPACE)
            or seen.since <= incident.since + TOGETHER_MS
            or seen.at == incident.opened_at
        ):
            return number
    return None


def _opened(seen: Seen) -> Incident:
    return Incident(
        family=seen.family,
        since=seen.since,
        opened_at=seen.at,
        last_at=seen.at,
        ended_at=None,
        first=seen,
        worst=seen,
        places=(seen.place,),
        signals=(seen.deviation.signal,),
    )


def _joined(incident: Incident, seen: Seen) -> Incident:
    one, other = incident.worst.deviation, seen.deviation
    is_worse = (other.excess_picousd, other.score) > (one.excess_picousd, one.score)
    return msgspec.structs.replace(
        incident,
        last_at=seen.at,
        ended_at=None,
        worst=seen if is_worse else incident.worst,
        places=_with(incident.places, seen.place),
        signals=_with(incident.signals, seen.deviation.signal),
    )


def _with(some: tuple[T, ...], one: T) -> tuple[T, ...]:
    return some if one in some else (*some, one)


def _ended(incident: Incident) -> Incident:
    return msgspec.structs.replace(incident, ended_at=incident.last_at)
