"""The index finds what plain evaluation finds, and quickly."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from farthing.rules.budget_index import BudgetIndex, value_of
from farthing.rules.budget_periods import Period
from farthing.rules.budgets import Budget, Limit
from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.ratecard import RateCard
from farthing.rules.usage import TokenUsage
from tests.oracle import plain
from tests.strategies import small_events
from tests.strategies.questions import filters


def budget(number: int, of: Filters, **more: Any) -> Budget:
    limit, period = Limit("requests", 1), Period(kind="day")
    return Budget(id=number, workspace_id=1, name="a", limit=limit, period=period, filters=of, **more)


@given(st.lists(filters(), max_size=12), st.lists(small_events(), min_size=1, max_size=6))
def test_the_index_finds_what_plain_evaluation_finds(some: list[Filters], events: list[UsageEvent]) -> None:
    budgets = [budget(number, each) for number, each in enumerate(some)]
    index = BudgetIndex(budgets)
    for event in [*events, *events]:  # what is remembered is as right as what was found
        expected = [each.id for each in budgets if plain._passes(event, each.filters)]
        assert [each.id for each in index.touched(event)] == expected


def an_event(**more: Any) -> UsageEvent:
    return UsageEvent(
        **{
            "workspace_id": 1,
            "api_key_id": 3,
            "owner_id": 1,
            "external_request_id": "r",
            "occurred_at": 1_000,
            "received_at": 1_000,
            "data_mode": "real",
            "environment": "prod",
            "status": "success",
            "provider": "openai",
            "model": "mini",
            "model_sent": "mini",
            "usage": TokenUsage({}),
            "rate_card": RateCard("openai", "mini", "exact", "book", {}),
            "cost_picousd": 1,
            "pricing_status": "priced",
            **more,
        }
    )


def test_only_real_events_count_unless_a_budget_says_so() -> None:
    index = BudgetIndex([budget(1, Filters()), budget(2, Filters(data_modes=("test", "real")))])
    found = [
        [each.id for each in index.touched(an_event(data_mode=mode))] for mode in ("real", "test", "demo")
    ]
    assert found == [[1, 2], [2], []]


def test_a_budget_counts_only_while_it_holds() -> None:
    index = BudgetIndex([budget(1, Filters(), start=1_000, end=2_000), budget(2, Filters())])
    found = [
        [each.id for each in index.touched(an_event(occurred_at=at))] for at in (999, 1_000, 1_999, 2_000)
    ]
    assert found == [[2], [1, 2], [1, 2], [2]]


def test_a_limit_for_each_value_is_that_of_the_events_own() -> None:
    each_user, whole = budget(1, Filters(), per="user_id"), budget(2, Filters())
    assert value_of(each_user, an_event(user_id="u_81")) == "u_81"
    assert value_of(each_user, an_event()) == "unknown"
    assert value_of(whole, an_event(user_id="u_81")) is None


def test_memory_is_bounded_however_many_names_come() -> None:
    index = BudgetIndex([budget(n, Filters(equals=(("user_id", (f"u{n}",)),))) for n in range(40_000)])
    for number in range(40_000):
        assert [each.id for each in index.touched(an_event(user_id=f"u{number}"))] == [number]
    assert len(index._remembered) <= 16_384


def test_budgets_that_do_not_match_are_not_even_looked_at() -> None:
    # 10,000 users with a budget each, in one environment: the user leads to one of them.
    each_user = [
        Filters(environments=("prod",), equals=(("user_id", (f"u{n}",)), ("model", ("mini",))))
        for n in range(10_000)
    ]
    index = BudgetIndex(budget(n, each) for n, each in enumerate(each_user))
    assert {name: max(map(len, by_value.values())) for name, by_value in index._keyed.items()} == {
        "user_id": 1
    }
