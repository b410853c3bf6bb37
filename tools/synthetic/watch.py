"""Watch a world as a server would: learn each night, look every quarter hour, explain what opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from farthing.rules.anomalies import (
    QUARTERS,
    SENSITIVITY,
    Deviation,
    Recent,
    Sensitivity,
    Usual,
    deviations,
    learn_usual,
    money_floor,
)
from farthing.rules.causes import Explanation, explain
from farthing.rules.incidents import WORKSPACE, Incident, Look, Seen, look
from farthing.rules.periods import HOUR_MS, QUARTER_MS, Window
from farthing.rules.signals import SIGNALS, SILENCE, SUMS
from farthing.rules.silence import longest, silent
from farthing.rules.week import hours_of_week
from tools.synthetic.streams import HOURS_A_DAY
from tools.synthetic.sums import Place, cells, places
from tools.synthetic.worlds import HISTORY_HOURS, PLAY_HOURS, World

EPOCH: Final = 1_767_571_200_000
"""Monday, 5 January 2026, midnight UTC: where every world begins."""
PLAY_AT: Final = EPOCH + HISTORY_HOURS * HOUR_MS
_SLOTS: Final = hours_of_week(Window(EPOCH, PLAY_AT + PLAY_HOURS * HOUR_MS), HOUR_MS, ZoneInfo("UTC"))
_QUARTER_SLOTS: Final = hours_of_week(
    Window(PLAY_AT, PLAY_AT + PLAY_HOURS * HOUR_MS), QUARTER_MS, ZoneInfo("UTC")
)


@dataclass(frozen=True)
class Told:
    """An incident when it opened, with its explanation; `hour` is that of the world's plants."""

    incident: Incident
    explanation: Explanation
    hour: float
    since_hour: float


class Watcher:
    """Keeps what a workspace has learnt, and its incidents."""

    def __init__(self, world: World, sensitivity: Sensitivity = SENSITIVITY) -> None:
        self._world = world
        self._places = places(world)
        self._sensitivity = sensitivity
        self._usual: list[Usual] = []
        self._longest = 0.0
        self._floor = 0
        self.incidents: tuple[Incident, ...] = ()

    def watch(self, first: int, last: int) -> list[Told]:
        """Look at the end of each quarter hour of the play from `first` (at least QUARTERS) to `last`."""
        told = []
        for now in range(first, last):
            if now % QUARTERS == 0 or not self._usual:
                self._learn(now)
            step = self._look(now)
            told += [self._explained(incident, now) for incident in step.opened]
        return told

    def _learn(self, now: int) -> None:
        days = now // QUARTERS
        self._usual = [
            learn_usual(_hourly(place, days), _SLOTS[: HISTORY_HOURS + days * HOURS_A_DAY])
            for place in self._places
        ]
        self._floor = money_floor(self._usual[0], self._sensitivity)
        requests = _hourly(self._places[0], days)["request_count"]
        usual = self._usual[0].sums["requests"]
        self._longest = longest(requests, _SLOTS[: len(requests)], usual)

    def _look(self, now: int) -> Look:
        at = PLAY_AT + now * QUARTER_MS
        seen = []
        slots = _QUARTER_SLOTS[now - QUARTERS : now]
        for place, usual in zip(self._places, self._usual, strict=True):
            recent = Recent({name: place.play[name][now - QUARTERS : now] for name in SUMS}, slots)
            seen += [
                Seen(place.where, each, at)
                for each in deviations(usual, recent, self._floor, self._sensitivity)
            ]
            if place.where == WORKSPACE:
                seen += [Seen(place.where, each, at) for each in self._silence(usual, recent)]
        step = look(self.incidents, seen, at)
        self.incidents = step.incidents
        return step

    def _silence(self, usual: Usual, recent: Recent) -> Sequence[Deviation]:
        found = silent(
            recent.sums["request_count"], recent.hours_of_week, usual.sums["requests"], self._longest
        )
        if found is None:
            return ()
        return (
            Deviation(
                signal=SILENCE,
                span_hours=-(-found.quarters // 4),
                actual=0,
                usual=found.missing,
                score=found.missing,
                quarters=found.quarters,
                excess_picousd=0,
                is_opening=True,
            ),
        )

    def _explained(self, incident: Incident, now: int) -> Told:
        start = (incident.since - PLAY_AT) // QUARTER_MS
        signal = SIGNALS.get(incident.first.deviation.signal)
        measure = "request_count" if signal is None else signal.cause_of
        usual = None
        if measure == "cost_picousd":
            hours = self._usual[0].sums["spend"].hours
            usual = round(sum(hours[slot] / 4 for slot in _QUARTER_SLOTS[start:now]))
        total, parts = cells(self._world, (start, now), measure, usual)
        return Told(incident, explain(total, parts), HISTORY_HOURS + now / 4, HISTORY_HOURS + start / 4)


def _hourly(place: Place, days: int) -> dict[str, list[int]]:
    """The place's sums by hour until so many days of the play are over."""
    ends = range(4, days * QUARTERS + 1, 4)
    return {
        name: [*place.history[name], *(sum(place.play[name][end - 4 : end]) for end in ends)] for name in SUMS
    }
