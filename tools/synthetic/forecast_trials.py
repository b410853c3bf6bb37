"""Trials of the forecast on invented series: what was foretold, and what came."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from farthing.rules.baseline import learn
from farthing.rules.forecast import Ahead, Forecast, forecast
from farthing.rules.periods import HOUR_MS, QUARTER_MS, Window
from farthing.rules.week import hours_of_week
from tools.synthetic.streams import HOURS_A_DAY, HOURS_A_WEEK, Change, Noise, run
from tools.synthetic.worlds import EPOCH, SIZES_USD_A_DAY, rhythm_of, streams_of

HISTORY_DAYS: Final = {"4 days": 4, "10 days": 10, "3 weeks": 21, "13 weeks": 91}
HORIZON_HOURS: Final = {"12 hours": 12, "7 days": 7 * HOURS_A_DAY, "30 days": 30 * HOURS_A_DAY}
_WEEKS: Final = 20
_NOW_HOUR: Final = 14 * HOURS_A_WEEK
_UTC: Final = ZoneInfo("UTC")
_SLOTS: Final = hours_of_week(Window(EPOCH, EPOCH + _WEEKS * HOURS_A_WEEK * HOUR_MS), HOUR_MS, _UTC)


@dataclass(frozen=True)
class Foretold:
    """One forecast of what is to come, and the truth; in the unit of the series."""

    history: str
    horizon: str
    low: int
    expected: int
    high: int
    truth: int

    @property
    def is_inside(self) -> bool:
        return self.low <= self.truth <= self.high

    @property
    def error(self) -> float:
        return abs(self.expected - self.truth) / self.truth


def series(size: str, seed: int) -> list[int]:
    """Twenty weeks of hourly spend, growing or not, with holidays and two bursts of a few hours."""
    rng = Random(f"forecast {size} {seed}")
    rhythm = rhythm_of(rng)
    rhythm = replace(rhythm, holidays=frozenset(rng.sample(range(_WEEKS * 7), 3)))
    bursts = []
    for _ in range(2):
        start = rng.uniform(0, _WEEKS * HOURS_A_WEEK)
        bursts.append(Change(start=start, end=start + rng.randint(2, 8), rate=rng.uniform(3, 8)))
    noise, hours = Noise(rng, rhythm), [float(hour) for hour in range(_WEEKS * HOURS_A_WEEK)]
    streams = streams_of(rng, SIZES_USD_A_DAY[size])[:4]
    tracks = [run(stream, rhythm, noise, hours, bursts, rng).sums["cost_picousd"] for stream in streams]
    return [sum(hour) for hour in zip(*tracks, strict=True)]


def foretell(size: str, seed: int) -> list[Foretold]:
    """Forecasts from one moment of a series, with all lengths of history, over all horizons."""
    costs = series(size, seed)
    now = _NOW_HOUR + Random(seed).randrange(HOURS_A_WEEK)
    found = []
    for history, days in HISTORY_DAYS.items():
        first = now - days * HOURS_A_DAY
        usual = learn(costs[first:now], _SLOTS[first:now])
        for horizon, hours in HORIZON_HOURS.items():
            start = EPOCH + now * HOUR_MS
            left = hours_of_week(Window(start, start + hours * HOUR_MS), QUARTER_MS, _UTC)
            told = forecast(usual, 0, Ahead(start, left))
            if isinstance(told, Forecast):
                truth = sum(costs[now : now + hours])
                found.append(Foretold(history, horizon, told.low, told.expected, told.high, truth))
    return found
