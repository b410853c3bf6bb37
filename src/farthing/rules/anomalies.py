"""What is unusual about a series right now: its last day, by quarter hours, against what it learnt.

A deviation needs three things: it is far out beside how much the series varies (and varied at its wildest),
it is large beside what is usual, and it is worth money or concerns enough calls. So a quiet endpoint that
doubles wakes nobody for cents. Three spans are looked at, one, three and 24 hours: the first is quick about
what is large, the last finds what is small and stays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from math import sqrt
from operator import mul
from typing import Final

import msgspec

from farthing.rules.baseline import SPANS, Baseline, SpanNoise, learn
from farthing.rules.money import PICO_PER_USD
from farthing.rules.ratio_baseline import RatioBaseline, at_first, learn_ratio
from farthing.rules.signals import SIGNALS, Signal
from farthing.rules.week import DAYS_A_WEEK, HOURS_A_DAY

QUARTERS_AN_HOUR: Final = 4
QUARTERS: Final = SPANS[-1] * QUARTERS_AN_HOUR
"""How many quarter hours are looked at: those of the last 24 hours."""
EASED: Final = 0.5
"""What has begun goes on while it reaches half of what it takes to begin."""
_SCORE_MIN: Final = {1: 7.0, 3: 5.5, 24: 5.0}
_BEYOND_TAIL: Final = 1.3
_LASTING: Final = 0.25


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """What a workspace wants to be woken for.

    Money counts from `min_picousd` on, and from `min_day_share` of what the workspace usually spends in a
    day. `factor` multiplies the scores that are asked for: above 1 is quieter.
    """

    min_picousd: int = PICO_PER_USD
    min_day_share: float = 0.04
    factor: float = 1.0


SENSITIVITY: Final = Sensitivity()


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What is usual of a series: of its plain sums by rhythm, of its ratios by hour of the day, by signal."""

    sums: dict[str, Baseline]
    ratios: dict[str, RatioBaseline]

    @property
    def day_picousd(self) -> float:
        """What a mean day costs."""
        spend = self.sums.get("spend")
        return 0.0 if spend is None else sum(spend.hours) / len(spend.hours) * HOURS_A_DAY


class Recent(msgspec.Struct, frozen=True):
    """The last 24 hours, in quarter hours, oldest first.

    `sums` has QUARTERS of them for each name of `signals.SUMS`, `hours_of_week` the hour of each.
    """

    sums: dict[str, Sequence[int]]
    hours_of_week: Sequence[int]


class Deviation(msgspec.Struct, frozen=True, kw_only=True):
    """A signal that is not as usual. `actual` and `usual` are over the `span_hours` that show it best.

    For a ratio they are ratios. `score` says how far out it is, in sigmas. It has lasted for the last
    `quarters` quarter hours. `excess_picousd` is what was spent in the span beyond the usual. Without
    `is_opening` it is enough to keep an incident open, and not to open one.
    """

    signal: str
    span_hours: int
    actual: float
    usual: float
    score: float
    quarters: int
    excess_picousd: int
    is_opening: bool


def learn_usual(sums: Mapping[str, Sequence[int]], hours_of_week: Sequence[int]) -> Usual:
    """What is usual, from hourly sums of some months, oldest first.

    Signals with too little history are left out, or as they are at first.
    """
    plain, ratios = {}, {}
    for signal in SIGNALS.values():
        if signal.below is None:
            baseline = learn(sums[signal.above], hours_of_week)
            if baseline is not None:
                plain[signal.name] = baseline
            continue
        above, below = sums[signal.above], sums[signal.below]
        ratio = learn_ratio(above, below, hours_of_week, is_share=signal.is_share)
        if ratio is None and signal.usual_at_first is not None:
            ratio = at_first(signal.usual_at_first, is_share=signal.is_share)
        if ratio is not None:
            ratios[signal.name] = ratio
    return Usual(sums=plain, ratios=ratios)


def money_floor(workspace: Usual, sensitivity: Sensitivity) -> int:
    """From how many pico-dollars on money counts, in any series of this workspace."""
    return max(sensitivity.min_picousd, round(workspace.day_picousd * sensitivity.min_day_share))


def deviations(
    usual: Usual, recent: Recent, floor_picousd: int, sensitivity: Sensitivity = SENSITIVITY
) -> list[Deviation]:
    """Every signal that deviates, in the order of the registry, each by the span that shows it best."""
    found = []
    known = {name: _Expected.of(usual, signal, recent) for name, signal in SIGNALS.items()}
    for name, signal in SIGNALS.items():
        expected = known[name]
        if expected is not None:
            costs = known[signal.costs_of] or known["spend"]
            best = _best(signal, expected, costs, floor_picousd, sensitivity)
            if best is not None:
                found.append(best)
    return found


class _Expected:
    """What a signal did in each quarter hour, what it usually does then, and with what variance.

    The variance of some of them is `unit_variance` times the sum of their `weights`.
    """

    __slots__ = ("actual", "below", "noise", "unit_variance", "usual", "weights")

    def __init__(
        self,
        actual: Sequence[int],
        usual: Sequence[float],
        weights: Sequence[float],
        noise: Sequence[SpanNoise],
        below: Sequence[int] | None,
        unit_variance: float = 1.0,
    ) -> None:
        self.actual = actual
        self.usual = usual
        self.weights = weights
        self.unit_variance = unit_variance
        self.noise = noise
        self.below = below

    @staticmethod
    def of(usual: Usual, signal: Signal, recent: Recent) -> _Expected | None:
        """None where the signal has no history."""
        actual, slots = recent.sums[signal.above], recent.hours_of_week
        if signal.below is None:
            plain = usual.sums.get(signal.name)
            if plain is None:
                return None
            hours, spreads = plain.hours, plain.spreads
            means = [hours[slot] / QUARTERS_AN_HOUR for slot in slots]
            squares = [spreads[slot] ** 2 for slot in slots]
            return _Expected(actual, means, squares, plain.noise, None, 1 / QUARTERS_AN_HOUR)
        ratio = usual.ratios.get(signal.name)
        if ratio is None:
            return None
        below = recent.sums[signal.below]
        ratios = map((ratio.ratios * DAYS_A_WEEK).__getitem__, slots)
        return _Expected(actual, list(map(mul, ratios, below)), below, ratio.noise, below, ratio.variance)


def _best(
    signal: Signal, expected: _Expected, costs: _Expected | None, floor: int, sensitivity: Sensitivity
) -> Deviation | None:
    """The span with the highest score among those that deviate, openings first."""
    found: Deviation | None = None
    for place, noise in enumerate(expected.noise):
        at = -noise.hours * QUARTERS_AN_HOUR
        actual, usual = sum(expected.actual[at:]), sum(expected.usual[at:])
        variance = expected.unit_variance * sum(expected.weights[at:])
        excess = usual - actual if signal.is_fall else actual - usual
        if variance <= 0 or excess <= 0:
            continue
        score = excess / (sqrt(variance) * noise.inflation)
        asked = max(_SCORE_MIN[noise.hours], _BEYOND_TAIL * noise.tail) * sensitivity.factor
        money = _money(signal, costs, at, excess)
        reach = min(
            score / asked,
            excess / max(usual * signal.share_min[place], 1e-9),
            _reach(signal, expected, at, excess),
            money / floor if signal.is_money else 1.0,
        )
        if reach >= EASED and (found is None or (reach >= 1, score) > (found.is_opening, found.score)):
            below = sum(expected.below[at:]) if expected.below is not None else 1
            found = Deviation(
                signal=signal.name,
                span_hours=noise.hours,
                actual=actual / below,
                usual=usual / below,
                score=score,
                quarters=_lasted(signal, expected, excess / -at),
                excess_picousd=money,
                is_opening=reach >= 1,
            )
    return found


def _reach(signal: Signal, expected: _Expected, at: int, excess: float) -> float:
    """How much of the calls and points that are asked for a deviation has; 1 is all."""
    reach = excess / signal.count_min if signal.count_min else 1.0
    if signal.points_min and expected.below is not None:
        reach = min(reach, excess / sum(expected.below[at:]) / signal.points_min)
    return reach


def _money(signal: Signal, costs: _Expected | None, at: int, excess: float) -> int:
    """What was spent beyond the usual, as the signal counts it (`Signal.costs_of`)."""
    if signal.above == "cost_picousd":
        return round(excess)
    return 0 if costs is None else round(sum(costs.actual[at:]) - sum(costs.usual[at:]))


def _lasted(signal: Signal, expected: _Expected, excess_a_quarter: float) -> int:
    """For how many of the last quarter hours, at least one, it has gone on.

    It began where the running sum, backwards, of what exceeds a quarter of the deviation is highest: before
    that there is, all in all, less than that. The deviation is that of the span or of the last hour, the
    larger one: what began just now did not begin with the span.
    """
    sign = -1 if signal.is_fall else 1
    beyond = [
        sign * (actual - usual)
        for actual, usual in zip(reversed(expected.actual), reversed(expected.usual), strict=True)
    ]
    last_hour = sum(beyond[:QUARTERS_AN_HOUR]) / QUARTERS_AN_HOUR
    least = max(excess_a_quarter, last_hour) * _LASTING
    running = list(accumulate([each - least for each in beyond]))
    return running.index(max(running)) + 1
