"""Each crossing of a threshold is told of once."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.budget_marks import LIMIT, Crossing, Marks, crossed
from farthing.rules.budget_periods import Period
from farthing.rules.budget_state import Spent, stand
from farthing.rules.budgets import Budget, Limit

HALF, MOST = 500_000, 800_000


def budget(kind: str = "day", limit: int = 100, thresholds: tuple[int, ...] = (HALF, MOST)) -> Budget:
    return Budget(
        id=7,
        workspace_id=1,
        name="a",
        limit=Limit("requests", limit),
        period=Period(kind=kind),  # type: ignore[arg-type]
        thresholds_ppm=thresholds,
    )


def told(of: Budget, *sums: int, start: int = 0, marks: Marks | None = None) -> list[list[tuple[int, int]]]:
    """(threshold, generation) of the news after each of the sums."""
    news = []
    for requests in sums:
        found, marks = crossed(of, None, marks, start, stand(of, Spent(requests=requests)))
        news.append([(each.threshold_ppm, each.generation) for each in found])
    return news


def test_each_threshold_is_told_once_on_the_way_up() -> None:
    news = told(budget(), 10, 50, 60, 80, 100, 101, 500)
    assert news == [[], [(HALF, 1)], [], [(MOST, 1)], [], [(LIMIT, 1)], []]


def test_one_event_may_cross_everything() -> None:
    assert told(budget(), 500) == [[(HALF, 1), (MOST, 1), (LIMIT, 1)]]


def test_what_is_crossed_again_after_a_correction_is_news_of_the_next_generation() -> None:
    assert told(budget(), 85, 79, 85, 85, 40, 60) == [
        [(HALF, 1), (MOST, 1)],
        [],
        [(MOST, 2)],
        [],
        [],
        [(HALF, 2)],
    ]


def test_a_new_period_starts_over() -> None:
    of = budget()
    _, marks = crossed(of, None, None, 0, stand(of, Spent(requests=60)))
    news, marks = crossed(of, None, marks, 900_000, stand(of, Spent(requests=60)))
    assert news == [Crossing(budget_id=7, value=None, period_start=900_000, threshold_ppm=HALF, generation=1)]
    assert marks.period_start == 900_000


def test_a_threshold_that_is_added_tells_and_one_that_came_back_does_not_repeat_itself() -> None:
    _, marks = crossed(budget(), None, None, 0, stand(budget(), Spent(requests=60)))
    less = budget(thresholds=(MOST,))
    news, marks = crossed(less, None, marks, 0, stand(less, Spent(requests=60)))
    assert news == []
    news, marks = crossed(budget(), None, marks, 0, stand(budget(), Spent(requests=60)))
    assert [(each.threshold_ppm, each.generation) for each in news] == [(HALF, 2)]


def test_a_rolling_sum_that_hovers_about_a_threshold_tells_once() -> None:
    of = budget("rolling_days")
    starts = told(of, 50, 49, 50, 46, 50)
    assert starts == [[(HALF, 1)], [], [], [], []]
    assert told(of, 50, 44, 50) == [[(HALF, 1)], [], [(HALF, 2)]]
    assert told(of, 101, 100, 101)[1:] == [[], []]
    first, _ = crossed(of, "u", None, 5 * 900_000, stand(of, Spent(requests=60)))
    assert [(each.value, each.period_start) for each in first] == [("u", None)]


def test_nothing_allowed_tells_of_the_first_thing_used_and_of_no_share_of_nothing() -> None:
    assert told(budget(limit=0), 0, 1, 2) == [[], [(LIMIT, 1)], []]


@given(st.lists(st.integers(0, 120), max_size=30), st.sampled_from([0, 1, 100]))
def test_there_is_one_crossing_for_each_time_the_state_rises(sums: list[int], limit: int) -> None:
    of = budget(limit=limit)
    news = told(of, *sums)

    def is_above(threshold: int, used: int) -> bool:
        if threshold == LIMIT:
            return used > limit
        return limit > 0 and used * 1_000_000 >= limit * threshold

    for threshold in (HALF, MOST, LIMIT):
        rises = sum(
            not is_above(threshold, was) and is_above(threshold, now) for was, now in pairwise([0, *sums])
        )
        generations = [n for each in news for ppm, n in each if ppm == threshold]
        assert generations == list(range(1, rises + 1))
