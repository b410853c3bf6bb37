"""What plans count by, and how a workspace stands in one."""

from __future__ import annotations

import pytest

from farthing.rules.plans import SELF_HOSTED, Plan, PlanUse, severity, status_fields
from farthing.rules.utc_months import day_window, month_of, month_window
from tests.strategies import utc_ms

STARTER = Plan(tier="starter", name="Starter", request_limit_per_month=100)


@pytest.mark.parametrize(
    ("count", "remaining", "is_reached"), [(0, 100, False), (99, 1, False), (100, 0, True), (130, 0, True)]
)
def test_the_limit_is_reached_when_nothing_is_left(count: int, remaining: int, is_reached: bool) -> None:  # noqa: FBT001
    use = PlanUse(STARTER, count)
    assert (use.remaining_count, use.is_limit_reached) == (remaining, is_reached)
    assert status_fields(use) == {
        "plan_tier": "starter",
        "telemetry_paused": is_reached,
        "is_plan_limit_reached": is_reached,
        "plan_limit_requests": 100,
        "free_limit_remaining_requests": remaining,
    }


def test_without_a_plan_old_clients_read_that_there_is_no_limit() -> None:
    use = PlanUse(SELF_HOSTED, 1_000_000)
    assert (use.remaining_count, use.is_limit_reached) == (None, False)
    fields = status_fields(use)
    assert (fields["plan_limit_requests"], fields["free_limit_remaining_requests"]) == (0, 0)
    assert fields["plan_tier"] == "self_hosted"


@pytest.mark.parametrize(
    ("reached", "warning", "exceeded", "word"),
    [
        (False, False, False, "normal"),
        (False, True, False, "warning"),
        (False, True, True, "critical"),
        (True, False, False, "critical"),
    ],
)
def test_severity_is_the_worst_there_is(reached: bool, warning: bool, exceeded: bool, word: str) -> None:  # noqa: FBT001
    assert severity(is_limit_reached=reached, is_budget_warning=warning, is_budget_exceeded=exceeded) == word


def test_months_begin_and_end_in_utc() -> None:
    december = month_of(utc_ms("2026-12-31T23:59:59.999Z"))
    assert december == 2026 * 12 + 11
    assert month_of(utc_ms("2027-01-01T00:00:00Z")) == december + 1
    window = month_window(december)
    assert (window.start, window.end) == (utc_ms("2026-12-01T00:00:00Z"), utc_ms("2027-01-01T00:00:00Z"))
    day = day_window(utc_ms("2024-02-29T23:59:00Z"))
    assert (day.start, day.end) == (utc_ms("2024-02-29T00:00:00Z"), utc_ms("2024-03-01T00:00:00Z"))
