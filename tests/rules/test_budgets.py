"""What a budget is, and how it stands when its events add up to something."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from farthing.reports.budget_seed import periods_to_count
from farthing.rules.budget_periods import Period
from farthing.rules.budget_problems import problems
from farthing.rules.budget_state import Spent, stand
from farthing.rules.budgets import UNITS, Budget, Limit, ratio
from farthing.rules.filters import Filters
from farthing.rules.money import PICO_PER_USD
from farthing.rules.periods import DAY_MS, Window
from tests.strategies import utc_ms

DAY = Period(kind="day")


def budget(amount: int = 100, **more: Any) -> Budget:
    """A budget of so many requests, if nothing else is said."""
    fields: dict[str, Any] = {
        "id": 1,
        "workspace_id": 1,
        "name": "a",
        "period": DAY,
        "limit": Limit("requests", amount),
    }
    return Budget(**(fields | more))


def in_dollars(policy: str, usd: int = 10) -> Budget:
    return budget(limit=Limit("usd", usd * PICO_PER_USD), unpriced=policy)


@pytest.mark.parametrize(
    ("requests", "state", "is_warning", "is_exceeded", "ratio_", "remaining"),
    [
        (0, "ok", False, False, "0.0000", 100),
        (79, "ok", False, False, "0.7900", 21),
        (80, "warning", True, False, "0.8000", 20),  # reached is enough to warn
        (100, "warning", True, False, "1.0000", 0),  # at the limit is not above it
        (101, "exceeded", True, True, "1.0100", 0),
    ],
)
def test_a_budget_warns_at_its_threshold_and_is_exceeded_above_its_limit(
    requests: int, state: str, *, is_warning: bool, is_exceeded: bool, ratio_: str, remaining: int
) -> None:
    stands = stand(budget(), Spent(requests=requests))
    assert (stands.state, stands.is_warning, stands.is_exceeded) == (state, is_warning, is_exceeded)
    assert (str(stands.utilization_ratio), stands.remaining) == (ratio_, remaining)
    assert (stands.spent, stands.limit) == (requests, 100)


def test_the_highest_threshold_that_is_reached_is_named() -> None:
    three = budget(thresholds_ppm=(500_000, 800_000, 1_200_000))
    reached = [stand(three, Spent(requests=n)).threshold_ppm for n in (49, 50, 79, 80, 119, 120)]
    assert reached == [None, 500_000, 500_000, 800_000, 800_000, 1_200_000]


def test_a_limit_of_nothing_allows_nothing() -> None:
    none, one = stand(budget(0), Spent()), stand(budget(0), Spent(requests=1))
    assert (none.state, str(none.utilization_ratio)) == ("ok", "0.0000")
    assert (one.state, one.is_warning, one.utilization_ratio, one.remaining) == ("exceeded", True, None, 0)
    assert one.threshold_ppm is None


def test_a_budget_without_thresholds_warns_only_once_it_is_exceeded() -> None:
    assert [stand(budget(thresholds_ppm=()), Spent(requests=n)).state for n in (100, 101)] == [
        "ok",
        "exceeded",
    ]


def test_each_unit_counts_what_it_says() -> None:
    spent = Spent(cost_picousd=3, requests=4, tokens=5)
    used = [stand(budget(limit=Limit(unit, 9)), spent).spent for unit in UNITS]
    assert used == [3, 4, 5]


_UNPRICED = Spent(
    cost_picousd=7 * PICO_PER_USD,
    requests=9,
    unpriced_requests=2,
    unpriced_tokens=100,
    unpriced_estimate_picousd=4 * PICO_PER_USD,
)


@pytest.mark.parametrize(
    ("policy", "state", "spent", "estimated"),
    [("ignore", "ok", 7, 0), ("highest_known", "exceeded", 11, 4), ("count_as_exceeded", "exceeded", 7, 0)],
)
def test_what_has_no_price_counts_as_the_policy_says_and_is_always_told(
    policy: str, state: str, spent: int, estimated: int
) -> None:
    stands = stand(in_dollars(policy), _UNPRICED)
    assert stands.state == state
    assert (stands.spent, stands.estimated) == (spent * PICO_PER_USD, estimated * PICO_PER_USD)
    assert (stands.unpriced_requests, stands.unpriced_tokens) == (2, 100)


def test_prices_are_nothing_to_a_budget_of_requests() -> None:
    assert stand(budget(unpriced="count_as_exceeded"), _UNPRICED).state == "ok"


@given(st.integers(0, 10**22), st.integers(1, 10**22))
def test_the_ratio_is_the_exact_fraction_rounded_once(used: int, limit: int) -> None:
    exact = Fraction(used, limit)
    wanted = Context(prec=60).divide(Decimal(round(exact * 10_000)), Decimal(10_000))
    found = stand(budget(limit), Spent(requests=used)).utilization_ratio
    assert found == wanted.quantize(Decimal("0.0001"), ROUND_HALF_EVEN, Context(prec=60))


@given(st.integers(0, 300), st.integers(0, 300), st.sampled_from([0, 1, 3, 100]))
def test_spending_more_never_makes_a_budget_stand_better(one: int, other: int, limit: int) -> None:
    order = ["ok", "warning", "exceeded"]
    less, more = (stand(budget(limit), Spent(requests=n)).state for n in sorted((one, other)))
    assert order.index(less) <= order.index(more)


def test_a_budget_survives_being_written_down() -> None:
    kept = budget(
        filters=Filters(equals=(("model", ("mini", "max")),)),
        per="user_id",
        period=Period(kind="month", anchor=date(2026, 1, 15)),
        thresholds_ppm=(500_000, 800_000),
        start=0,
    )
    assert msgspec.json.decode(msgspec.json.encode(kept), type=Budget) == kept


def test_a_window_is_cut_to_where_the_budget_holds() -> None:
    start, end = utc_ms("2026-11-10T06:00Z"), utc_ms("2026-11-12T06:00Z")
    bounded = budget(start=start, end=end)
    assert bounded.window(start) == Window(start, utc_ms("2026-11-11T00:00Z"))
    assert bounded.window(end - 1) == Window(utc_ms("2026-11-12T00:00Z"), end)
    assert [bounded.holds_at(at) for at in (start - 1, start, end - 1, end)] == [False, True, True, False]
    assert (
        bounded.window(utc_ms("2026-11-14T06:00Z")).start == bounded.window(utc_ms("2026-11-14T06:00Z")).end
    )


def test_observe_mode_enforces_nothing() -> None:
    assert budget(enforcement="strict").enforced == "strict"
    assert budget(enforcement="strict", is_observed_only=True).enforced == "none"


def test_thresholds_read_as_ratios() -> None:
    assert [str(ratio(ppm)) for ppm in (800_000, 1_000_000, 125_000, 10_000_000)] == [
        "0.8",
        "1",
        "0.125",
        "10",
    ]


@pytest.mark.parametrize(
    ("wrong", "field", "says"),
    [
        ({"name": "  "}, "name", "0 characters"),
        ({"name": "x" * 201}, "name", "201 characters"),
        ({"limit": Limit("usd", -(10**12))}, "limit", "(-1) must lie between 0 and 9,223,372 USD"),
        ({"limit": Limit("usd", 2**63)}, "limit", "(9223372.036854775808)"),
        ({"limit": Limit("tokens", 2**63)}, "limit", str(2**63)),
        ({"period": Period(kind="days")}, "period.anchor", "a day on which"),
        ({"timezone": "Mars/Olympus"}, "timezone", "Mars/Olympus"),
        ({"filters": Filters(environments=())}, "filters.environment", "hold no event"),
        ({"filters": Filters(data_modes=("real", "test"))}, "filters.dataMode", "not real, test"),
        ({"filters": Filters(equals=(("colour", ("red",)),))}, "filters", "colour"),
        ({"per": "colour"}, "per", "colour"),
        ({"thresholds_ppm": (0,)}, "thresholds", "not 0"),
        ({"thresholds_ppm": (10_000_001,)}, "thresholds", "up to 10"),
        ({"thresholds_ppm": (800_000, 500_000)}, "thresholds", "0.5 comes after 0.8"),
        ({"thresholds_ppm": (500_000, 500_000)}, "thresholds", "0.5 comes after 0.5"),
        ({"thresholds_ppm": tuple(range(1, 12))}, "thresholds", "11 thresholds"),
        ({"unpriced": "highest_known"}, "unpriced", "requests"),
        ({"start": 1}, "start", "quarter hour"),
        ({"start": 900_000, "end": 900_000}, "end", "after start"),
        ({"slot": "monthly", "limit": Limit("usd", 1)}, "slot", "by month"),
    ],
)
def test_what_is_wrong_is_named_with_its_numbers(wrong: dict[str, Any], field: str, says: str) -> None:
    (problem,) = problems(budget(**wrong))
    assert problem.field == field
    assert says in problem.message


def test_a_sound_budget_has_no_problems() -> None:
    assert problems(budget(per="user_id", thresholds_ppm=(1, 10_000_000), start=0, end=900_000)) == []
    assert problems(budget(0)) == []
    assert problems(in_dollars("count_as_exceeded")) == []


@pytest.mark.parametrize(
    ("start", "end", "periods"),
    [
        (None, None, [("1 Nov", "1 Dec"), ("1 Dec", "1 Jan")]),
        (None, "20 Nov", [("1 Nov", "20 Nov")]),  # its end is within the period that holds now
        ("5 Nov", "15 Dec", [("5 Nov", "1 Dec"), ("1 Dec", "15 Dec")]),
        (None, "1 Nov", []),
        ("1 Dec", None, []),
    ],
)
def test_the_periods_of_a_new_budget_end_with_it(
    start: str | None, end: str | None, periods: list[tuple[str, str]]
) -> None:
    def at(day: str) -> int:
        year = 2027 if day.endswith("Jan") else 2026
        return int(datetime.strptime(f"{day} {year} +0000", "%d %b %Y %z").timestamp()) * 1000

    of = budget(period=Period(kind="month"), start=start and at(start), end=end and at(end))
    now = at("30 Nov")
    found = list(islice(periods_to_count(of, now, now + DAY_MS), 9))
    assert found == [Window(at(first), at(last)) for first, last in periods]
