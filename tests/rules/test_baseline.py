"""What is usual, learnt from histories whose usual is known."""

from __future__ import annotations

from random import Random

import pytest

from farthing.rules.baseline import HISTORY_HOURS_MIN, Baseline, learn
from farthing.rules.ratio_baseline import RatioBaseline, learn_ratio
from farthing.rules.robust import median, middle, quantile, spread

WEEK = 168
SLOTS = [hour % WEEK for hour in range(13 * WEEK)]


def usual_of(hour: int) -> int:
    """Busy at noon, a third of it at weekends."""
    of_day = 100 + 60 * min(hour % 24, 24 - hour % 24)
    return of_day // 3 if hour % WEEK >= 120 else of_day


def history(weeks: int, seed: int = 1, noise: float = 0.1) -> list[int]:
    rng = Random(seed)
    return [round(usual_of(hour) * (1 + rng.uniform(-noise, noise))) for hour in range(weeks * WEEK)]


def learnt(values: list[int]) -> Baseline:
    found = learn(values, [hour % WEEK for hour in range(len(values))])
    assert found is not None
    return found


@pytest.mark.parametrize("weeks", [4, 8, 13])
def test_the_rhythm_of_the_week_is_found(weeks: int) -> None:
    found = learnt(history(weeks))
    for slot in range(WEEK):
        assert found.hours[slot] == pytest.approx(usual_of(slot), rel=0.12)
    assert sum(found.hours) == pytest.approx(sum(map(usual_of, range(WEEK))), rel=0.02)
    assert found.history_hours == weeks * WEEK


@pytest.mark.parametrize("days", [3, 5, 8, 20])
def test_a_young_series_shares_what_it_knows_among_like_days(days: int) -> None:
    values = history(4)[: days * 24]
    found = learn(values, SLOTS[: len(values)])
    assert found is not None
    assert found.hours[12] == pytest.approx(usual_of(12), rel=0.12)  # Monday, noon
    if days >= 8:
        assert found.hours[150] == pytest.approx(usual_of(150), rel=0.15)


def test_spikes_and_holidays_move_nothing() -> None:
    values = history(8)
    for hour in (3, 4, 5, 400, 401, 1_000):
        values[hour] *= 30
    for hour in range(7 * 24, 8 * 24):  # a Monday without anybody
        values[hour] = 0
    found, calm = learnt(values), learnt(history(8))
    assert found.hours == pytest.approx(calm.hours, rel=0.15)
    assert sum(found.hours) == pytest.approx(sum(calm.hours), rel=0.02)
    assert found.spreads[12] < 2 * calm.spreads[12]


def test_growth_is_found_and_the_usual_is_that_of_the_last_days() -> None:
    values = [round(value * 1.05 ** (hour / WEEK)) for hour, value in enumerate(history(12))]
    found = learnt(values)
    assert found.growth == pytest.approx(0.0488, abs=0.01)
    assert sum(found.hours) == pytest.approx(sum(values[-WEEK:]), rel=0.04)


def test_a_new_level_is_the_usual_one_after_four_days_and_not_after_two() -> None:
    values = history(8)
    after = [
        sum(learnt([*values[: -24 * days], *(3 * v for v in values[-24 * days :])]).hours) for days in (2, 5)
    ]
    calm = sum(learnt(values).hours)
    assert after == pytest.approx([calm, 3 * calm], rel=0.1)


def test_a_day_of_few_calls_has_all_of_them() -> None:
    rng = Random(4)
    values = [int(rng.random() < 0.2) for _ in range(13 * WEEK)]  # five calls a day, most hours empty
    assert sum(learnt(values).hours) == pytest.approx(sum(values) / 13, rel=0.1)


def test_a_history_begins_with_its_first_call_and_needs_three_days() -> None:
    young = [0] * WEEK + history(1)[: HISTORY_HOURS_MIN - 1]
    assert learn(young, SLOTS[: len(young)]) is None
    enough = [0] * WEEK + history(1)[:HISTORY_HOURS_MIN]
    found = learn(enough, SLOTS[: len(enough)])
    assert found is not None
    assert found.history_hours == HISTORY_HOURS_MIN
    assert learn([0] * 2 * WEEK, SLOTS[: 2 * WEEK]) is None
    assert learn([], []) is None


def ratio(numerators: list[int], denominators: list[int]) -> RatioBaseline:
    found = learn_ratio(numerators, denominators, SLOTS[: len(numerators)], is_share=True)
    assert found is not None
    return found


def test_a_ratio_is_that_of_its_last_four_weeks_and_of_the_hour() -> None:
    calls = [1_000] * 8 * WEEK
    failed = [500] * 4 * WEEK + [100 if hour % 24 == 3 else 20 for hour in range(4 * WEEK)]
    found = ratio(failed, calls)
    assert found.ratios[12] == pytest.approx(0.02, abs=0.002)
    assert found.ratios[3] == pytest.approx(0.1, abs=0.025)


def test_of_a_share_chance_alone_is_allowed_for() -> None:
    assert ratio([0] * WEEK, [10] * WEEK).variance >= 0.0099
    assert ratio([10] * WEEK, [10] * WEEK).variance >= 0.0099


def test_a_ratio_needs_three_days_of_calls() -> None:
    calls = [1, 0] * 71 + [1, 0]
    assert learn_ratio([0] * 144, calls, SLOTS[:144], is_share=True) is not None
    assert learn_ratio([0] * 142, calls[:142], SLOTS[:142], is_share=True) is None


def test_middles_and_spreads_leave_the_wild_ones_out() -> None:
    assert (median([3, 1, 2]), median([4, 1, 2, 3])) == (2, 2.5)
    assert (middle([5]), middle([9, 5]), middle([1, 2, 900])) == (5, 5, 2)
    assert middle([*range(1, 11)]) == 5.5
    normal = [Random(n).gauss(0, 3) for n in range(2_000)]
    assert spread(normal) == pytest.approx(3, rel=0.1)
    assert spread([*normal, *[1e9] * 20]) == pytest.approx(3, rel=0.15)
    assert (spread([]), quantile([], 0.5), quantile([1, 2, 3, 4, 5], 0.5)) == (0.0, 0.0, 3)
