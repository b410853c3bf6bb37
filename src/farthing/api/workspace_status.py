"""How a workspace stands, for a key and for a person alike (contract 9): plain booleans to branch on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, get

from farthing.actions.keys.recognise_key import KeyContext
from farthing.actions.plans.workspace_status import Spend, WorkspaceStatus, workspace_status
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.budget_counts import Standing
from farthing.rules.budgets import PPM, THRESHOLD_PPM_DEFAULT, Slot, ratio
from farthing.rules.instants import instant
from farthing.rules.money import usd_number
from farthing.rules.periods import Window
from farthing.rules.plans import severity
from farthing.rules.roles import KEY

_WARNING_THRESHOLD_RATIO: Final = THRESHOLD_PPM_DEFAULT / PPM
_SECOND_MS: Final = 1_000


class PlanState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The plan, and what it has counted in the calendar month (UTC). Two numbers are null without a limit."""

    plan_tier: str
    plan_name: str
    current_request_count: int
    plan_request_limit: int | None
    remaining_request_count: int | None
    is_plan_limit_reached: bool
    telemetry_paused: bool
    period_start: str
    period_end: str


class BudgetState(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Spend of real events in a day or month (UTC). Without a limit, the ratio is null."""

    limit_usd: float | None
    current_spend_usd: float
    utilization_ratio: float | None
    is_warning: bool
    is_exceeded: bool
    period: str
    period_start: str
    period_end: str


class BudgetStates(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The budgets of the workspace."""

    warning_threshold_ratio: float
    daily: BudgetState
    monthly: BudgetState


class WorkspaceStatusAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the workspace stands. `severity` is normal, warning or critical."""

    workspace_id: str
    is_plan_limit_reached: bool
    telemetry_paused: bool
    provider_calls_continue: bool
    is_budget_warning: bool
    is_budget_exceeded: bool
    severity: str
    plan: PlanState
    budget: BudgetStates


@get("/diagnostics/workspace-status", tags=["workspace"], security=[{"apiKey": []}], needs=KEY)
async def of_key(request: Request[Any, Any, Any], parts: GivenParts) -> WorkspaceStatusAnswer:
    """How the workspace of the key stands; also while it is paused."""
    key: KeyContext = request.state.key
    return _answer(await workspace_status(parts, key.workspace_id))


@get("/settings/workspace-status", tags=["workspace"], needs="read")
async def of_person(asker: GivenAsker, parts: GivenParts) -> WorkspaceStatusAnswer:
    """How the person's workspace stands."""
    return _answer(await workspace_status(parts, asker.workspace.id))


def _answer(status: WorkspaceStatus) -> WorkspaceStatusAnswer:
    budget = BudgetStates(
        warning_threshold_ratio=_threshold(status.budgets),
        daily=_budget("daily", status.today, status.budgets.get("daily")),
        monthly=_budget("monthly", status.month, status.budgets.get("monthly")),
    )
    is_warning = budget.daily.is_warning or budget.monthly.is_warning
    is_exceeded = budget.daily.is_exceeded or budget.monthly.is_exceeded
    is_reached = status.use.is_limit_reached
    return WorkspaceStatusAnswer(
        workspace_id=status.workspace.public_id,
        is_plan_limit_reached=is_reached,
        telemetry_paused=is_reached,
        provider_calls_continue=True,
        is_budget_warning=is_warning,
        is_budget_exceeded=is_exceeded,
        severity=severity(
            is_limit_reached=is_reached, is_budget_warning=is_warning, is_budget_exceeded=is_exceeded
        ),
        plan=_plan(status),
        budget=budget,
    )


def _plan(status: WorkspaceStatus) -> PlanState:
    use = status.use
    return PlanState(
        plan_tier=use.plan.tier,
        plan_name=use.plan.name,
        current_request_count=use.request_count,
        plan_request_limit=use.plan.request_limit_per_month,
        remaining_request_count=use.remaining_count,
        is_plan_limit_reached=use.is_limit_reached,
        telemetry_paused=use.is_limit_reached,
        period_start=instant(status.month.window.start),
        period_end=_last_second(status.month.window),
    )


def _threshold(budgets: Mapping[Slot, Standing]) -> float:
    """The lowest share that warns: of the monthly budget, or else of the daily one."""
    for slot in ("monthly", "daily"):
        standing = budgets.get(slot)
        if standing is not None and standing.budget.thresholds_ppm:
            return float(ratio(standing.budget.thresholds_ppm[0]))
    return _WARNING_THRESHOLD_RATIO


def _budget(period: str, spend: Spend, standing: Standing | None) -> BudgetState:
    if standing is not None:
        state = standing.state
        return BudgetState(
            limit_usd=usd_number(state.limit),
            current_spend_usd=usd_number(state.spent),
            utilization_ratio=None if state.utilization_ratio is None else float(state.utilization_ratio),
            is_warning=state.is_warning,
            is_exceeded=state.is_exceeded,
            period=period,
            period_start=instant(standing.window.start),
            period_end=_last_second(standing.window),
        )
    return BudgetState(
        limit_usd=None,
        current_spend_usd=float(spend.cost_usd),
        utilization_ratio=None,
        is_warning=False,
        is_exceeded=False,
        period=period,
        period_start=instant(spend.window.start),
        period_end=_last_second(spend.window),
    )


def _last_second(window: Window) -> str:
    """How the followed API writes the end of a period, which is half open everywhere else."""
    return instant(window.end - _SECOND_MS)
