"""An incident as it is kept: what was seen, what it costs and why, and what people made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from farthing.rules.anomalies import Deviation
from farthing.rules.baseline import Baseline
from farthing.rules.causes import Explanation
from farthing.rules.changes import Where
from farthing.rules.incidents import WORKSPACE, Incident
from farthing.rules.message import Severity
from farthing.rules.ratio_baseline import RatioBaseline
from farthing.rules.signals import SILENCE, family_of
from farthing.rules.toll import Toll

State = Literal["open", "acknowledged", "closed"]
STATES: Final[tuple[State, ...]] = ("open", "acknowledged", "closed")

_CRITICAL_OF_A_DAY: Final = 0.5
_CRITICAL_SHARE: Final = 0.5
_CRITICAL_SILENT_QUARTERS: Final = 8


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What was usual of its place when it opened, of the signal that opened it and of spend.

    Kept with it, because what is learnt later has the incident in it.
    """

    plain: Baseline | None = None
    ratio: RatioBaseline | None = None
    spend: Baseline | None = None


class KeptIncident(msgspec.Struct, frozen=True, kw_only=True):
    """`what` is kept up by whoever watches, as are severity, toll and explanation; the rest is people's.

    `toll` is None where money is not what it is about, or no usual spend is known. `explanation` explains a
    change of `cause_of`, one of `signals.SUMS`, as of `explained_at`. `told` is the severity that channels
    were told of. Nobody is told anything until `quiet_until`: it was snoozed or muted. `alert_key` is the
    incident key of the alert that has told of it in its place, None where it tells of itself.
    """

    id: int = 0
    workspace_id: int
    what: Incident
    severity: Severity
    told: Severity | None = None
    alert_key: str | None = None
    toll: Toll | None = None
    cause_of: str
    explanation: Explanation | None = None
    explained_at: int = 0
    expected: Expected = Expected()
    acknowledged_by: int | None = None
    acknowledged_at: int | None = None
    snoozed_until: int | None = None
    muted_until: int | None = None
    version: int = 1

    @property
    def state(self) -> State:
        if self.what.ended_at is not None:
            return "closed"
        return "open" if self.acknowledged_at is None else "acknowledged"

    @property
    def place(self) -> Where:
        """Where it opened."""
        return self.what.first.place

    @property
    def signal(self) -> str:
        """What opened it."""
        return self.what.first.deviation.signal

    @property
    def cause(self) -> Where:
        """The part that explains most, or else where it opened."""
        lines = () if self.explanation is None else self.explanation.lines
        return lines[0].where if lines else self.place

    @property
    def quiet_until(self) -> int:
        return max(self.snoozed_until or 0, self.muted_until or 0)


class Mute(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody is told of until then: incidents that open in a place, or are caused by it.

    `signal` stands for its whole family: the same thing shows first in one signal or in another.
    """

    id: int = 0
    workspace_id: int
    place: Where
    signal: str
    until: int
    created_by: int
    created_at: int
    version: int = 1

    def covers(self, incident: KeptIncident, now: int) -> bool:
        """Whether the incident is one of those, now."""
        is_there = incident.place == self.place or set(self.place) <= set(incident.cause)
        return now < self.until and family_of(self.signal) == incident.what.family and is_there


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """How a workspace is watched: since when, the last quarter hour looked at, and at how many places.

    `floor_picousd` is from how much on money counts. Whoever looks keeps the next version, and with it all
    that came of the look: of two at once, one has looked in vain.
    """

    workspace_id: int
    since: int
    looked_at: int
    place_count: int = 0
    floor_picousd: int = 0
    version: int = 0


def severity_of(what: Incident, day_picousd: float) -> Severity:
    """How bad it is at its worst: by what it costs beside a usual day, or by how much of everything fails."""
    looks = (what.first.deviation, what.worst.deviation)
    return "critical" if any(_is_critical(each, what, day_picousd) for each in looks) else "warning"


def _is_critical(deviation: Deviation, what: Incident, day_picousd: float) -> bool:
    if deviation.signal == SILENCE:
        return WORKSPACE in what.places and deviation.quarters >= _CRITICAL_SILENT_QUARTERS
    if what.family == "unpriced" or deviation.signal in ("error_rate", "retry_rate"):
        return WORKSPACE in what.places and deviation.actual >= _CRITICAL_SHARE
    return day_picousd > 0 and deviation.excess_picousd >= _CRITICAL_OF_A_DAY * day_picousd


def renamed_place(place: Where, rename: Callable[[str], str]) -> Where:
    """The place with other names for its values."""
    return tuple((dimension, rename(value)) for dimension, value in place)


def renamed(incident: KeptIncident, rename: Callable[[str], str]) -> KeptIncident:
    """The incident with other names for the values of all places that it names."""
    what, explanation = incident.what, incident.explanation
    first, worst = (
        replace(seen, place=renamed_place(seen.place, rename)) for seen in (what.first, what.worst)
    )
    places = tuple(renamed_place(place, rename) for place in what.places)
    if explanation is not None:
        lines = (replace(line, where=renamed_place(line.where, rename)) for line in explanation.lines)
        explanation = replace(explanation, lines=tuple(lines))
    return replace(
        incident, what=replace(what, first=first, worst=worst, places=places), explanation=explanation
    )
