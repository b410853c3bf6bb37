"""Watching a workspace: what is usual of each of its places, and what each of them does now.

A place is a value of one of WATCHED, or the workspace. What is learnt of it is kept for about a day; a look
takes the sums of its last 24 hours. Reading and keeping are `actions.incidents`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from farthing.rules.anomalies import (
    SENSITIVITY,
    Deviation,
    Recent,
    Sensitivity,
    Usual,
    deviations,
    learn_usual,
)
from farthing.rules.changes import Where
from farthing.rules.incidents import WORKSPACE, Seen
from farthing.rules.signals import SILENCE, SUMS
from farthing.rules.silence import longest, silent

WATCHED: Final[Mapping[str, int]] = {
    "endpoint_tag": 200,
    "prompt_version": 200,
    "model": 100,
    "tenant_id": 200,
    "user_id": 200,
    "api_key": 100,
}
"""The dimensions whose values are places, and of how many of each: those that cost most in the last week.

They are those that rollups keep. Features are in none, and are named as causes only.
"""
SILENT: Final = frozenset({"endpoint_tag"})
"""Whose values are missed when nothing comes: people and versions go without anything being wrong."""
CAREFUL: Final = 1.4
"""By so much more do tenants and users have to be out: there are many, and chance has as many goes."""
_CAREFUL_OF: Final = frozenset({"tenant_id", "user_id"})
_QUARTERS_AN_HOUR: Final = 4


class Learnt(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a place since `learnt_at`. `missing_most` is what `rules.silence.longest` says."""

    place: Where
    learnt_at: int
    usual: Usual
    missing_most: float = 0.0


class History(msgspec.Struct, frozen=True):
    """Hourly sums of a place, oldest first, each a row as long as `hours_of_week`."""

    place: Where
    sums: dict[str, Sequence[int]]


def learn(history: History, hours_of_week: Sequence[int], now: int) -> Learnt:
    """What is usual of a place, and the longest that it was silent."""
    usual = learn_usual(history.sums, hours_of_week)
    requests = usual.sums.get("requests")
    most = 0.0
    if requests is not None and is_missed(history.place):
        counts = history.sums["request_count"]
        called = [hour for hour, count in enumerate(counts) if count]
        # What was before the first call was no silence, and one that goes on now was none before.
        first, last = called[0], called[-1] + 1
        most = longest(counts[first:last], hours_of_week[first:last], requests)
    return Learnt(place=history.place, learnt_at=now, usual=usual, missing_most=most)


def unlearnt(place: Where) -> Learnt:
    """What holds of a place of which nothing is known yet."""
    return Learnt(place=place, learnt_at=0, usual=learn_usual(dict.fromkeys(SUMS, ()), ()))


def is_missed(place: Where) -> bool:
    """Whether its silence is worth a word."""
    return place == WORKSPACE or place[0][0] in SILENT


def seen_in(
    learnt: Learnt, recent: Recent, at: int, floor_picousd: int, sensitivity: Sensitivity = SENSITIVITY
) -> list[Seen]:
    """Every deviation of a place at the end of its recent quarter hours."""
    if learnt.place and learnt.place[0][0] in _CAREFUL_OF:
        sensitivity = msgspec.structs.replace(sensitivity, factor=sensitivity.factor * CAREFUL)
    found = deviations(learnt.usual, recent, floor_picousd, sensitivity)
    silence = _silence(learnt, recent) if is_missed(learnt.place) else None
    return [Seen(learnt.place, each, at) for each in (*found, *([silence] if silence else ()))]


def _silence(learnt: Learnt, recent: Recent) -> Deviation | None:
    usual = learnt.usual.sums.get("requests")
    if usual is None:
        return None
    found = silent(recent.sums["request_count"], recent.hours_of_week, usual, learnt.missing_most)
    if found is None:
        return None
    return Deviation(
        signal=SILENCE,
        span_hours=-(-found.quarters // _QUARTERS_AN_HOUR),
        actual=0,
        usual=found.missing,
        score=found.missing,
        quarters=found.quarters,
        excess_picousd=0,
        is_opening=True,
    )
