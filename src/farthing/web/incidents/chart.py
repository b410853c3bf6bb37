"""What was observed beside what is usual, as a picture that needs no script, and as the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from farthing.actions.incidents.read_incidents import Point
from farthing.rules.incident_words import amount_text
from farthing.rules.kept_incident import KeptIncident
from farthing.rules.periods import HOUR_MS
from farthing.web.moments import minute_text

WIDTH: Final = 1_000
HEIGHT: Final = 240
_HEADROOM: Final = 1.08


@dataclass(frozen=True)
class Row:
    """An hour in words."""

    when: str
    observed: str
    expected: str
    band: str
    is_within: bool


@dataclass(frozen=True)
class IncidentChart:
    """Points of lines in the coordinates of WIDTH and HEIGHT; `since` is where it began, `most` the top."""

    observed: tuple[str, ...]
    expected: str
    band: str
    since: float
    most: str
    first: str
    last: str
    rows: tuple[Row, ...]


def incident_chart(incident: KeptIncident, points: Sequence[Point], zone: ZoneInfo) -> IncidentChart | None:
    """The chart of an incident; None where there is nothing to draw."""
    if len(points) < 2:  # noqa: PLR2004 - it takes two for a line
        return None
    tops = [each for point in points for each in (point.observed, point.high) if each is not None]
    most = max(tops, default=0.0) or 1.0
    start, end = points[0].start, points[-1].start + HOUR_MS
    drawing = _Drawing(start, end, most * _HEADROOM)
    known = [each for each in points if each.expected is not None]
    upper = [drawing.at(each.start, each.high) for each in known]
    lower = [drawing.at(each.start, each.low) for each in reversed(known)]
    return IncidentChart(
        observed=tuple(drawing.lines(points)),
        expected=" ".join(drawing.at(each.start, each.expected) for each in known),
        band=" ".join((*upper, *lower)),
        since=drawing.x(min(max(incident.what.since, start), end)),
        most=amount_text(incident.signal, most),
        first=minute_text(start, zone),
        last=minute_text(end, zone),
        rows=tuple(_row(incident, each, zone) for each in points),
    )


@dataclass(frozen=True)
class _Drawing:
    start: int
    end: int
    most: float

    def x(self, at: int) -> float:
        return round(WIDTH * (at - self.start) / (self.end - self.start), 1)

    def at(self, hour: int, amount: float | None) -> str:
        """A point for an hour as a whole stands in its middle."""
        return f"{self.x(hour + HOUR_MS // 2)},{round(HEIGHT - HEIGHT * (amount or 0.0) / self.most, 1)}"

    def lines(self, points: Sequence[Point]) -> list[str]:
        """The observed hours, a line for each stretch without a gap."""
        found: list[list[str]] = [[]]
        for each in points:
            if each.observed is None:
                found.append([])
            else:
                found[-1].append(self.at(each.start, each.observed))
        return [" ".join(line) for line in found if len(line) > 1]


def _row(incident: KeptIncident, point: Point, zone: ZoneInfo) -> Row:
    def told(amount: float | None) -> str:
        return "·" if amount is None else amount_text(incident.signal, amount)

    return Row(
        when=minute_text(point.start, zone),
        observed=told(point.observed),
        expected=told(point.expected),
        band="·" if point.low is None else f"{told(point.low)} to {told(point.high)}",
        is_within=point.start + HOUR_MS > incident.what.since and point.start <= incident.what.last_at,
    )
