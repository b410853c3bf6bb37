"""What deviates, from histories and last days that are known."""

from __future__ import annotations

from random import Random

import pytest

from farthing.rules.anomalies import (
    QUARTERS,
    Deviation,
    Recent,
    Sensitivity,
    Usual,
    _Expected,
    _lasted,
    deviations,
    learn_usual,
    money_floor,
)
from farthing.rules.money import PICO_PER_USD
from farthing.rules.signals import SIGNALS, SUMS
from farthing.rules.silence import longest, silent

WEEK = 168
SLOTS = [hour % WEEK for hour in range(4 * WEEK)]
NOON = [(12 + (n - QUARTERS) // 4) % 24 + 24 for n in range(QUARTERS)]
"""The hours of the week of the 24 hours until Tuesday noon."""
RATES = {
    "cost_picousd": PICO_PER_USD // 100,
    "request_count": 1,
    "error_count": 0.01,
    "retry_count": 0.0,
    "attempt_count": 1.0,
    "input_tokens": 1_000,
    "cached_tokens": 500,
    "tokens": 1_200,
    "unpriced_request_count": 0,
}


def sums(steps: int, calls: float, seed: int) -> dict[str, list[int]]:
    """Steps of about so many calls at a cent each."""
    rng = Random(seed)
    found: dict[str, list[int]] = {name: [] for name in SUMS}
    for _ in range(steps):
        count = round(calls * rng.uniform(0.85, 1.15))
        for name in SUMS:
            found[name].append(round(count * RATES[name]))
    return found


USUAL = learn_usual(sums(4 * WEEK, 400, 1), SLOTS)
FLOOR = PICO_PER_USD


def recent(**factors: tuple[int, float]) -> Recent:
    """A usual day, but for sums that are multiplied in the last so many quarter hours."""
    found = sums(QUARTERS, 100, 2)
    for name, (quarters, factor) in factors.items():
        found[name][-quarters:] = [round(value * factor) for value in found[name][-quarters:]]
    return Recent({name: found[name] for name in SUMS}, NOON)


def seen(of: Recent, floor: int = FLOOR, usual: Usual = USUAL) -> dict[str, Deviation]:
    return {each.signal: each for each in deviations(usual, of, floor)}


def test_a_usual_day_deviates_in_nothing() -> None:
    assert seen(recent()) == {}
    assert set(USUAL.sums) | set(USUAL.ratios) == set(SIGNALS)


def test_a_burst_is_seen_within_its_hour_with_its_money_and_its_beginning() -> None:
    burst = seen(recent(cost_picousd=(4, 4), request_count=(4, 4)))
    spend = burst["spend"]
    assert (spend.span_hours, spend.is_opening, spend.quarters) == (1, True, 4)
    assert spend.excess_picousd / PICO_PER_USD == pytest.approx(12, rel=0.15)
    assert spend.actual / spend.usual == pytest.approx(4, rel=0.15)
    assert "requests" in burst
    assert "cost_per_request" not in burst


def test_more_calls_that_are_less_cached_are_more_calls_and_no_lost_cache() -> None:
    # A script without a cache calls four times as much, and each call costs what calls cost.
    more = dict.fromkeys(("cost_picousd", "request_count", "input_tokens", "tokens"), (4, 4))
    assert set(seen(recent(**more))) == {"spend", "requests"}
    dearer = seen(recent(**(more | {"cost_picousd": (4, 8)})))
    lost = dearer["cached_share"]
    assert lost.excess_picousd == dearer["cost_per_request"].excess_picousd < dearer["spend"].excess_picousd


def test_what_began_just_now_did_not_begin_with_the_span_that_shows_it() -> None:
    # A little more for hours, then a burst, which only the three hours together show.
    expected = _Expected([120] * 92 + [300] * 4, [100.0] * 96, [1.0] * 96, (), None)
    assert _lasted(SIGNALS["requests"], expected, excess_a_quarter=65.0) == 4


def test_what_is_small_and_stays_is_seen_over_the_day() -> None:
    spend = seen(recent(cost_picousd=(96, 1.5), request_count=(96, 1.5)))["spend"]
    assert (spend.span_hours, spend.is_opening) == (24, True)
    assert spend.quarters > 60


@pytest.mark.parametrize(
    ("signal", "of", "is_below"),
    [
        ("cost_per_request", recent(cost_picousd=(12, 2)), False),
        ("tokens_per_request", recent(tokens=(12, 2), cost_picousd=(12, 2)), False),
        ("cached_share", recent(cached_tokens=(12, 0), cost_picousd=(12, 1.6)), True),
        ("error_rate", recent(error_count=(4, 40)), False),
    ],
)
def test_each_ratio_is_seen_in_its_own_way(signal: str, of: Recent, is_below: bool) -> None:  # noqa: FBT001
    found = seen(of)[signal]
    assert found.is_opening
    assert (found.actual < found.usual) is is_below
    assert 2 <= found.quarters <= 16


def test_models_without_a_price_are_seen_though_they_cost_nothing() -> None:
    of = recent()
    of.sums["unpriced_request_count"] = [0] * (QUARTERS - 4) + [20] * 4
    found = seen(of)["unpriced_share"]
    assert (found.is_opening, found.usual) == (True, 0)


def test_nobody_is_woken_for_cents() -> None:
    burst = recent(cost_picousd=(4, 4), request_count=(4, 4))
    assert not any(each.is_opening for each in seen(burst, floor=100 * PICO_PER_USD).values())
    assert seen(burst, floor=100 * PICO_PER_USD) == {}
    assert {name for name, each in seen(burst, floor=20 * PICO_PER_USD).items() if not each.is_opening}


def test_a_doubling_that_the_series_is_used_to_is_none() -> None:
    rng = Random(5)
    wild = sums(4 * WEEK, 400, 1)
    for hour in range(4 * WEEK):
        if rng.random() < 0.05:
            wild["cost_picousd"][hour] *= 5
            wild["request_count"][hour] *= 5
    usual = learn_usual(wild, SLOTS)
    assert "spend" not in seen(recent(cost_picousd=(4, 2.2), request_count=(4, 2.2)), usual=usual)


def test_quieter_sensitivity_is_quieter() -> None:
    burst = recent(cost_picousd=(4, 2.5), request_count=(4, 2.5))
    assert deviations(USUAL, burst, FLOOR, Sensitivity())
    assert deviations(USUAL, burst, FLOOR, Sensitivity(factor=50)) == []


def test_the_floor_is_a_share_of_the_workspaces_day_and_at_least_a_dollar() -> None:
    # 400 calls an hour at a cent: 96 dollars a day.
    assert money_floor(USUAL, Sensitivity()) / PICO_PER_USD == pytest.approx(96 * 0.04, rel=0.05)
    nothing = learn_usual({name: [0] * WEEK for name in SUMS}, SLOTS[:WEEK])
    assert money_floor(nothing, Sensitivity()) == PICO_PER_USD
    assert deviations(nothing, recent(), FLOOR) == []


def test_silence_is_measured_in_what_is_missing() -> None:
    requests, slots = [100] * (QUARTERS - 4) + [0] * 4, NOON
    usual = USUAL.sums["requests"]
    found = silent(requests, slots, usual, 0.0)
    assert found is not None
    assert (found.quarters, round(found.missing / 100)) == (4, 4)
    assert silent([*requests[:-1], 1], slots, usual, 0.0) is None
    assert silent([100] * (QUARTERS - 1) + [0], slots, usual, 0.0) is None  # a single quarter hour
    assert silent(requests, slots, usual, 300.0) is None  # as much was missing before


def test_the_longest_silence_before_is_known() -> None:
    history = [400] * WEEK
    history[10:13] = [0, 0, 0]
    history[50] = 0
    assert longest(history, SLOTS[:WEEK], USUAL.sums["requests"]) == pytest.approx(1_200, rel=0.1)
