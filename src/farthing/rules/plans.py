"""Plans: what an operator lets a workspace send in a calendar month (UTC), and how it stands in that.

A workspace without a plan has no limit (contract D9). A plan counts requests: real and test events by the
month they were received in, neither demo events nor duplicates. Deleting events gives nothing back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from farthing.rules.rate_limit import RateLimit

Severity = Literal["normal", "warning", "critical"]
COUNTED_MODES: Final = ("real", "test")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a workspace may send and keep; None is without limit.

    `tier` is the plan's name on the wire, in lower case; `name` is for people. `rate` holds for each key.
    """

    tier: str
    name: str
    request_limit_per_month: int | None = None
    raw_days: int | None = None
    summary_days: int | None = None
    rate: RateLimit | None = None
    features: tuple[str, ...] = ()


SELF_HOSTED: Final = Plan(tier="self_hosted", name="Self-hosted")
"""What holds without a plan."""


@dataclass(frozen=True)
class PlanUse:
    """A plan, and how many requests its workspace has had in the month."""

    plan: Plan
    request_count: int

    @property
    def remaining_count(self) -> int | None:
        """Requests that the month has left, at least 0; None without a limit."""
        limit = self.plan.request_limit_per_month
        return None if limit is None else max(limit - self.request_count, 0)

    @property
    def is_limit_reached(self) -> bool:
        """Whether nothing is left: then telemetry is paused. The provider is called as before."""
        return self.remaining_count == 0


def severity(*, is_limit_reached: bool, is_budget_warning: bool, is_budget_exceeded: bool) -> Severity:
    """The one word for how a workspace stands."""
    if is_limit_reached or is_budget_exceeded:
        return "critical"
    return "warning" if is_budget_warning else "normal"


def status_fields(use: PlanUse) -> dict[str, Any]:
    """What the plan decides of the status fields of contract 3.3, by their names in code.

    Old clients read a `plan_limit_requests` of 0 as "no limit"; the two legacy numbers are 0 then.
    """
    return {
        "plan_tier": use.plan.tier,
        "telemetry_paused": use.is_limit_reached,
        "is_plan_limit_reached": use.is_limit_reached,
        "plan_limit_requests": use.plan.request_limit_per_month or 0,
        "free_limit_remaining_requests": use.remaining_count or 0,
    }
