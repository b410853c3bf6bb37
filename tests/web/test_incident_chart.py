"""The chart of an incident: hours stand where their time is, beside the line that says when it began."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from farthing.actions.incidents.read_incidents import Point
from farthing.rules.periods import HOUR_MS
from farthing.web.incidents.chart import WIDTH, incident_chart


def test_an_hour_stands_in_its_middle_and_the_beginning_where_it_was() -> None:
    points = [
        Point(start=hour * HOUR_MS, observed=float(hour), expected=1.0, low=0.0, high=2.0)
        for hour in range(4)
    ]
    since = 2 * HOUR_MS + HOUR_MS // 2
    incident: Any = SimpleNamespace(signal="requests", what=SimpleNamespace(since=since, last_at=4 * HOUR_MS))
    chart = incident_chart(incident, points, ZoneInfo("UTC"))
    assert chart is not None
    (line,) = chart.observed
    at = [float(point.partition(",")[0]) for point in line.split()]
    assert at == [WIDTH * part / 8 for part in (1, 3, 5, 7)]
    assert chart.since == at[2]
    assert (chart.first[-5:], chart.last[-5:]) == ("00:00", "04:00")
