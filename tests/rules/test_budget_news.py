"""What the message of a crossing says: the figures have to bear out what it claims."""

from __future__ import annotations

import pytest

from farthing.rules.budget_counts import Standing
from farthing.rules.budget_marks import crossed
from farthing.rules.budget_news import message_of
from farthing.rules.budget_periods import Period
from farthing.rules.budget_state import Spent, stand
from farthing.rules.budgets import Budget, Limit, Unit, UnpricedPolicy
from farthing.rules.periods import DAY_MS, Window

CENT = 10**10


@pytest.mark.parametrize(
    ("unit", "limit", "spent", "title"),
    [
        ("usd", 40 * CENT, Spent(cost_picousd=45 * CENT), "is exceeded: 0.45 USD of 0.40 USD"),
        ("usd", CENT, Spent(cost_picousd=CENT + 2 * 10**8), "is exceeded: 0.0102 USD of 0.01 USD"),
        ("usd", 10**15, Spent(cost_picousd=10**15 + 1), "is exceeded: 1,000.000000000001 USD of 1,000 USD"),
        ("usd", CENT, Spent(cost_picousd=CENT), "has reached 80 %: 0.01 USD of 0.01 USD"),
        ("usd", CENT, Spent(unpriced_requests=1), "is exceeded: 1 call without a full price"),
        (
            "usd",
            CENT,
            Spent(unpriced_requests=2, cost_picousd=1),
            "is exceeded: 2 calls without a full price",
        ),
        ("requests", 1, Spent(requests=2), "is exceeded: 2 requests of 1 request"),
        ("tokens", 0, Spent(tokens=1), "is exceeded: 1 token of 0 tokens"),
    ],
)
def test_the_figures_of_a_title_bear_out_what_it_says(
    unit: Unit, limit: int, spent: Spent, title: str
) -> None:
    policy: UnpricedPolicy = "count_as_exceeded" if unit == "usd" else "ignore"
    day = Period(kind="day")
    budget = Budget(id=1, workspace_id=1, name="All", period=day, limit=Limit(unit, limit), unpriced=policy)
    standing = Standing(budget, None, Window(0, DAY_MS), stand(budget, spent))
    news, _ = crossed(budget, None, None, 0, standing.state)
    assert message_of(standing, news[-1], 0, lambda _: "/").title == f"Budget All {title}"
