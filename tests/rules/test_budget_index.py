"""The index finds what plain evaluation finds, and quickly."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import msgspec
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

_HAS_EXCLUDES = "excludes" in {field.name for field in fields(Filters)}


def budget(number: int, scope: Filters, **more: Any) -> Budget:
    limit, period = Limit("requests", 1), Period(kind="day")
    return Budget(id=number, workspace_id=1, name="a", limit=limit, period=period, filters=scope, **more)


def is_plainly_in(event: UsageEvent, scope: Filters) -> bool:
    """Evaluated field by field, without the index and what it is made of."""
    tags = (event.extra or {}).get("tags") or {}
    assert isinstance(tags, dict)
    return (
        event.data_mode in scope.data_modes
        and event.environment in scope.environments
        and all(plain.text(event, name) in values for name, values in scope.equals)
        and not any(plain.text(event, name) in values for name, values in getattr(scope, "excludes", ()))
        and all(tags.get(name, "unknown") in values for name, values in getattr(scope, "tags", ()))
        and not any(
            tags.get(name, "unknown") in values for name, values in getattr(scope, "excluded_tags", ())
        )
    )


_names = st.sampled_from(["user_id", "endpoint_tag", "model", "error_code"])
_tags = st.sampled_from(["team", "colour"])
_texts = st.lists(st.sampled_from(["unknown", "a", "A", "mini"]), max_size=2, unique=True).map(tuple)


def _some(names: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.tuples(names, _texts), max_size=2, unique_by=lambda pair: pair[0]).map(tuple)


def _with_excludes(plain_filters: st.SearchStrategy[Filters]) -> st.SearchStrategy[Filters]:
    def joined(scope: Filters, excludes: Any, tags: Any, excluded: Any) -> Filters:
        more: dict[str, Any] = {"excludes": excludes, "tags": tags, "excluded_tags": excluded}
        return Filters(scope.data_modes, scope.environments, scope.equals, **more)

    return st.builds(joined, plain_filters, _some(_names), _some(_tags), _some(_tags))


scopes = _with_excludes(filters()) if _HAS_EXCLUDES else filters()
tagged = st.dictionaries(_tags, st.sampled_from(["a", "A", "unknown"]), max_size=2)


@given(st.lists(scopes, max_size=12), st.lists(small_events(), min_size=1, max_size=4), tagged)
def test_the_index_finds_what_plain_evaluation_finds(
    some: list[Filters], events: list[UsageEvent], tags: dict[str, str]
) -> None:
    budgets = [budget(number, scope) for number, scope in enumerate(some)]
    index = BudgetIndex(budgets)
    for event in [*events, *events]:  # what is remembered is as right as what was found
        with_tags = msgspec.structs.replace(event, extra={"tags": tags} if tags else None)
        expected = [each.id for each in budgets if is_plainly_in(with_tags, each.filters)]
        assert [each.id for each in index.touched(with_tags)] == expected


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
    scopes = [
        Filters(environments=("prod",), equals=(("user_id", (f"u{n}",)), ("model", ("mini",))))
        for n in range(10_000)
    ]
    index = BudgetIndex(budget(n, scope) for n, scope in enumerate(scopes))
    assert {name: max(map(len, by_value.values())) for name, by_value in index._keyed.items()} == {
        "user_id": 1
    }
