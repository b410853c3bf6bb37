"""A stream of calls: one endpoint with one prompt and one model, and what it does in each step of time.

A workspace is a handful of streams. Counts are random around a rhythm of hours and weekdays, with days and
hours that are busier than they should be, growth, holidays and costs that differ from call to call.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, pi, sin, sqrt
from random import Random
from typing import Final

MEASURES: Final = (
    "cost_picousd",
    "request_count",
    "error_count",
    "retry_count",
    "attempt_count",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "unpriced_request_count",
)
HOURS_A_DAY, HOURS_A_WEEK = 24, 168
_CALL_SPREAD: Final = 0.9
"""How much the costs of single calls differ (sigma of their logarithm)."""
_FAILED_SAVES: Final = 0.7
_CACHED_SAVES: Final = 0.6
"""Share of a call's cost that a fully cached input saves."""


@dataclass(frozen=True, kw_only=True)
class Stream:
    """What is usual for it. `usd` is what a call costs without cache; `rate` is calls in a mean hour."""

    names: dict[str, str]
    rate: float
    usd: float
    input_tokens: int = 1_200
    output_tokens: int = 300
    cached_share: float = 0.0
    error_rate: float = 0.01
    retry_rate: float = 0.01
    is_priced: bool = True
    is_of_nobody: bool = False
    """Its calls name neither user nor tenant."""


@dataclass(frozen=True, kw_only=True)
class Rhythm:
    """When people of a workspace work. `peak` is the busiest hour (UTC), `night` what is left at night."""

    peak: float = 14.0
    night: float = 0.15
    weekend: float = 0.4
    growth_a_week: float = 0.0
    day_noise: float = 0.08
    hour_noise: float = 0.12
    holidays: frozenset[int] = frozenset()

    def at(self, hour: float) -> float:
        """The share of the mean rate, `hour` counted from the first Monday's midnight."""
        day = int(hour // HOURS_A_DAY)
        wave = (1 + sin((hour % HOURS_A_DAY - self.peak + 6) / HOURS_A_DAY * 2 * pi)) / 2
        share = self.night + (1 - self.night) * wave**2
        share *= self.weekend if day % 7 >= 5 else 1.0
        share *= 0.3 if day in self.holidays else 1.0
        return share * exp(self.growth_a_week * hour / HOURS_A_WEEK)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is unusual from `start` to `end` (hours): factors on the usual, and values in place of it."""

    start: float
    end: float
    rate: float = 1.0
    usd: float = 1.0
    tokens: float = 1.0
    cached_share: float | None = None
    error_rate: float | None = None
    retry_rate: float | None = None


@dataclass
class Track:
    """A stream's sums by step: `sums[measure][step]`."""

    stream: Stream
    sums: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in MEASURES})


def poisson(rng: Random, mean: float) -> int:
    """A count around `mean`; of large means the normal approximation."""
    if mean <= 0:
        return 0
    if mean > 40:
        return max(0, round(rng.gauss(mean, sqrt(mean))))
    limit, count, product = exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


class Noise:
    """How busy days and hours are beyond their rhythm, for all streams of a workspace alike."""

    def __init__(self, rng: Random, rhythm: Rhythm) -> None:
        self._rng, self._rhythm = rng, rhythm
        self._days: dict[int, float] = {}
        self._hours: dict[int, float] = {}

    def at(self, hour: float) -> float:
        day, whole = int(hour // HOURS_A_DAY), int(hour)
        if day not in self._days:
            self._days[day] = exp(self._rng.gauss(0, self._rhythm.day_noise))
        if whole not in self._hours:
            self._hours[whole] = exp(self._rng.gauss(0, self._rhythm.hour_noise))
        return self._days[day] * self._hours[whole]


def run(
    stream: Stream,
    rhythm: Rhythm,
    noise: Noise,
    steps: Sequence[float],
    changes: Sequence[Change],
    rng: Random,
) -> Track:
    """The stream's sums for steps that begin at these hours; a step is as long as the first two are apart."""
    track = Track(stream)
    length = steps[1] - steps[0]
    for hour in steps:
        active = [change for change in changes if change.start <= hour < change.end]
        mean = stream.rate * rhythm.at(hour + length / 2) * noise.at(hour) * length
        mean *= exp(rng.gauss(0, 0.05))
        for name, amount in zip(MEASURES, _step(stream, mean, active, rng), strict=True):
            track.sums[name].append(amount)
    return track


def _step(stream: Stream, mean: float, active: Sequence[Change], rng: Random) -> tuple[int, ...]:
    """What happens in one step, in the order of MEASURES."""
    usd, tokens = stream.usd, 1.0
    cached, errors, retries = stream.cached_share, stream.error_rate, stream.retry_rate
    for change in active:
        mean, usd, tokens = mean * change.rate, usd * change.usd, tokens * change.tokens
        cached = cached if change.cached_share is None else change.cached_share
        errors = errors if change.error_rate is None else change.error_rate
        retries = retries if change.retry_rate is None else change.retry_rate
    count = poisson(rng, mean)
    if not count:
        return (0,) * len(MEASURES)
    spread = max(0.05, 1 + rng.gauss(0, _CALL_SPREAD / sqrt(count)))
    failed = min(count, poisson(rng, count * errors))
    cost = (count - _FAILED_SAVES * failed) * usd * spread * (1 - cached * _CACHED_SAVES)
    inputs = round(count * stream.input_tokens * tokens * spread)
    return (
        round(cost * 1e12) if stream.is_priced else 0,
        count,
        failed,
        min(count, poisson(rng, count * retries)),
        count,
        inputs,
        round(inputs * cached),
        round(count * stream.output_tokens * tokens * spread),
        0 if stream.is_priced else count,
    )


def failed_cost(sums: Mapping[str, int]) -> int:
    """What of the cost of some calls is that of those which failed."""
    count, failed = sums["request_count"], sums["error_count"]
    full = count - _FAILED_SAVES * failed
    return round(sums["cost_picousd"] * (1 - _FAILED_SAVES) * failed / full) if full else 0


def mean_cost(stream: Stream, change: Change | None) -> float:
    """What a mean call costs beside one without cache and errors."""
    cached, errors = stream.cached_share, stream.error_rate
    if change is not None:
        cached = cached if change.cached_share is None else change.cached_share
        errors = errors if change.error_rate is None else change.error_rate
    return (1 - _FAILED_SAVES * errors) * (1 - cached * _CACHED_SAVES) if stream.is_priced else 0.0


def growth_a_week(percent_a_month: float) -> float:
    """The logarithm of a week's growth."""
    return log(1 + percent_a_month / 100) * 7 / 30.4
