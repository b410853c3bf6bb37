"""Trials of the anomaly rules on invented workspaces, and what they come to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from farthing.rules.anomalies import QUARTERS, SENSITIVITY
from farthing.rules.money import PICO_PER_USD
from tools.synthetic.plants import planted
from tools.synthetic.streams import HOURS_A_WEEK
from tools.synthetic.watch import Told, Watcher
from tools.synthetic.worlds import HISTORY_HOURS, PLAY_HOURS, SIZES_USD_A_DAY, World, clean

_CALM_HOURS: Final = 24
_LATE_HOURS: Final = 6
_LASTING_HOURS: Final = 48
_SMALL_CHANGE: Final = (
    "silence",
    "silent endpoint",
    "unpriced model",
    "retry storm",
    "retries",
)
"""Kinds that matter whatever they cost."""


@dataclass(frozen=True)
class Trial:
    """What came of a world. `minutes` is from the beginning of the plant to the first incident about it."""

    kind: str
    size: str
    is_material: bool
    minutes: float | None
    is_cause_first: bool
    true_count: int
    false_count: int
    calm_weeks: float


def try_planted(kind: str, size: str, seed: int) -> Trial:
    """Watch from a day before the plant until two days into it, or half a day after its end."""
    world = planted(kind, size, seed)
    plant = world.plant
    if plant is None:
        raise ValueError(f"nothing is planted in {world.name}")
    end = min(plant.end, plant.start + _LASTING_HOURS)
    first = max(QUARTERS, _quarter(plant.start - _CALM_HOURS))
    told = Watcher(world).watch(first, min(_quarter(end + 2 * _LATE_HOURS), PLAY_HOURS * 4))
    about = [each for each in told if plant.start <= each.hour <= end + _LATE_HOURS]
    return Trial(
        kind=kind,
        size=size,
        is_material=is_material(world),
        minutes=(about[0].hour - plant.start) * 60 if about else None,
        is_cause_first=bool(about) and is_named_first(about[0], plant.cause),
        true_count=len(about),
        false_count=len(told) - len(about),
        calm_weeks=(_quarter(plant.start) - first) / 4 / HOURS_A_WEEK,
    )


def try_clean(size: str, seed: int, hours: int = PLAY_HOURS) -> Trial:
    """Watch a world in which nothing happens, all of it or so many hours."""
    told = Watcher(clean(size, seed)).watch(QUARTERS, hours * 4)
    weeks = (hours * 4 - QUARTERS) / 4 / HOURS_A_WEEK
    return Trial("clean", size, False, None, False, 0, len(told), weeks)


def is_material(world: World) -> bool:
    """Whether the plant is worth anybody's time: what the rules ask for, and no more."""
    if world.plant is None or world.plant.kind in _SMALL_CHANGE:
        return world.plant is not None
    day_usd = SIZES_USD_A_DAY[world.name.split(", ")[1].split()[0]]
    floor_usd = max(SENSITIVITY.min_picousd / PICO_PER_USD, SENSITIVITY.min_day_share * day_usd)
    return world.worth_usd >= floor_usd


def is_named_first(told: Told, cause: Iterable[tuple[str, str]]) -> bool:
    """Whether what the incident names as its cause holds the planted one; of silence, whether it is none."""
    causes, named = set(cause), set(told.incident.cause)
    return bool(causes & named) if causes else not named


def _quarter(hour: float) -> int:
    return int((hour - HISTORY_HOURS) * 4)


@dataclass(frozen=True)
class Figures:
    """Shares of 1; minutes of the trials that were found."""

    count: int
    recall: float
    cause_first: float
    minutes_median: float
    minutes_most: float


def figures(trials: Sequence[Trial]) -> Figures:
    """What trials with a plant that is worth it come to."""
    material = [trial for trial in trials if trial.is_material]
    found = sorted(trial.minutes for trial in material if trial.minutes is not None)
    named = sum(trial.is_cause_first for trial in material)
    return Figures(
        count=len(material),
        recall=len(found) / len(material) if material else 1.0,
        cause_first=named / len(found) if found else 1.0,
        minutes_median=found[len(found) // 2] if found else 0.0,
        minutes_most=found[int(0.9 * (len(found) - 1))] if found else 0.0,
    )


def precision(trials: Sequence[Trial]) -> float:
    """The share of incidents, in worlds with a plant, that are about it."""
    true, false = (sum(t.true_count for t in trials), sum(t.false_count for t in trials))
    return true / (true + false) if true + false else 1.0


def false_a_week(trials: Sequence[Trial]) -> float:
    """Incidents a week where nothing happens."""
    return sum(trial.false_count for trial in trials) / sum(trial.calm_weeks for trial in trials)
