"""How long calls are kept one by one (raw), and how long as summaries; and from when on they are there.

A policy counts days back from the local day. What has been removed does not come back when a policy grows:
the instants of `Kept` only move onwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from farthing.rules.events import DATA_MODES
from farthing.rules.periods import QUARTER_MS, local_date, midnight
from farthing.rules.plans import Plan

FOREVER: Final = 0
"""A number of days that never ends. None is a number that was not set."""
DAYS_MAX: Final = 36_500


@dataclass(frozen=True)
class Days:
    """For how many days calls are kept as rows, and as summaries: None is not set, FOREVER has no end."""

    raw: int | None = None
    summary: int | None = None


@dataclass(frozen=True)
class Kept:
    """Since when calls are there as rows, and as summaries: UTC ms at a quarter hour, 0 for always.

    `raw_from` is never before `summary_from`. Summaries tell retries, and tell by API key, from `keys_from`
    on: what came before was not summed up so.
    """

    raw_from: int = 0
    summary_from: int = 0
    keys_from: int = 0


@dataclass(frozen=True)
class ModeRetention:
    """The retention of one data mode: what the workspace has set, and how far it has gone."""

    days: Days = Days()
    kept: Kept = Kept()


Retention = Mapping[str, ModeRetention]
"""By data mode; all of DATA_MODES are in it."""

NOTHING_SET: Final[Retention] = {mode: ModeRetention() for mode in DATA_MODES}


@dataclass(frozen=True)
class LegalHold:
    """Why nothing of a workspace may be removed, by which person it was put on, and when."""

    reason: str
    held_by: int
    held_at: int


def in_force(days: Days, plan: Plan) -> Days:
    """What holds: the workspace's own days, else the plan's, else no end. Summaries last as long as rows."""
    raw = _first_set(days.raw, plan.raw_days)
    summary = _first_set(days.summary, plan.summary_days)
    return Days(raw, raw if is_shorter(summary, raw) else summary)


def _first_set(*days: int | None) -> int:
    return next((each for each in days if each is not None), FOREVER)


def is_shorter(days: int, than: int) -> bool:
    """Whether the one number of days ends before the other."""
    return days != FOREVER and (than == FOREVER or days < than)


def due(days: Days, now: int, zone: ZoneInfo) -> Kept:
    """Since when calls would be there if these days (`in_force`) were all that counts."""
    return Kept(_start(days.raw, now, zone), _start(days.summary, now, zone))


def _start(days: int | None, now: int, zone: ZoneInfo) -> int:
    """The local midnight so many days before today's, so that a day is kept whole or not at all."""
    if not days:
        return 0
    at = midnight(local_date(now, zone) - timedelta(days=days), zone)
    return max(0, at // QUARTER_MS * QUARTER_MS)  # zones were off the quarter hour as late as 1972


def moved(kept: Kept, to: Kept) -> Kept:
    """`kept` moved onwards, never back; summaries begin no later than rows."""
    raw_from = max(kept.raw_from, to.raw_from)
    return Kept(raw_from, max(kept.summary_from, min(to.summary_from, raw_from)), kept.keys_from)


def latest(retention: Retention, data_modes: tuple[str, ...]) -> Kept:
    """Since when all of these data modes are there."""
    kept = [retention[mode].kept for mode in data_modes if mode in retention] or [Kept()]
    return Kept(
        max(each.raw_from for each in kept),
        max(each.summary_from for each in kept),
        max(each.keys_from for each in kept),
    )
