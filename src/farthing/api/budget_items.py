"""Budgets and how they stand, as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

from farthing.actions.budgets.budget_fields import PeriodFields
from farthing.actions.budgets.outlook import Outlook
from farthing.actions.reads.told_filters import filters_shape
from farthing.reports.dimensions import DIMENSIONS
from farthing.rules.budget_counts import Standing
from farthing.rules.budget_state import State
from farthing.rules.budgets import Budget, Enforcement, Slot, Unit, UnpricedPolicy, ratio
from farthing.rules.forecast import Forecast
from farthing.rules.ids import budget_id_text
from farthing.rules.instants import instant
from farthing.rules.money import usd_number, usd_text

Known = Callable[[Standing], Outlook | None]


class StandingItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How a budget stands in a period, for `value` where it has a limit for each.

    `spent`, `limit` and `remaining` are exact, in the budget's unit: dollars with twelve places as text,
    counts as integers; those that end in Usd are the same as numbers, and null for counts. `spent` is a lower
    bound while there are unpriced requests. `forecast` is what the period is expected to come to, and
    `exceedsAt` when the limit is crossed then; null where nothing is known (see `forecastReason`).
    """

    value: str | None
    state: State
    unit: Unit
    period_start: str
    period_end: str
    spent: str | int
    limit: str | int
    remaining: str | int
    spent_usd: float | None
    limit_usd: float | None
    remaining_usd: float | None
    utilization_ratio: float | None
    threshold_reached: float | None
    requests: int
    unpriced_requests: int
    unpriced_tokens: int
    estimated_usd: float | None
    forecast: str | int | None
    forecast_low: str | int | None
    forecast_high: str | int | None
    forecast_usd: float | None
    forecast_reason: str | None
    exceeds_at: str | None
    exceeds_at_earliest: str | None


class BudgetItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A budget as it was set up. `countedFrom` lies within a period where older calls are gone."""

    id: str
    name: str
    slot: Slot | None
    unit: Unit
    limit_usd: str | None
    limit_requests: int | None
    limit_tokens: int | None
    period: PeriodFields
    timezone: str
    filters: dict[str, Any]
    per: str | None
    thresholds: list[float]
    unpriced: UnpricedPolicy
    enforcement: Enforcement
    observe_only: bool
    start: str | None
    end: str | None
    counted_from: str | None
    created_at: str


def budget_fields(of: Budget) -> dict[str, Any]:
    """The values of a BudgetItem."""
    unit, amount = of.limit.unit, of.limit.amount
    return {
        "id": budget_id_text(of.id),
        "name": of.name,
        "slot": of.slot,
        "unit": unit,
        "limit_usd": usd_text(amount) if unit == "usd" else None,
        "limit_requests": amount if unit == "requests" else None,
        "limit_tokens": amount if unit == "tokens" else None,
        "period": _period(of),
        "timezone": of.timezone,
        "filters": filters_shape(of.filters),
        "per": None if of.per is None else DIMENSIONS[of.per].wire,
        "thresholds": [float(ratio(ppm)) for ppm in of.thresholds_ppm],
        "unpriced": of.unpriced,
        "enforcement": of.enforcement,
        "observe_only": of.is_observed_only,
        "start": _instant(of.start),
        "end": _instant(of.end),
        "counted_from": _instant(of.counted_from),
        "created_at": instant(of.created_at),
    }


def _period(of: Budget) -> PeriodFields:
    period = of.period
    return PeriodFields(
        kind=period.kind,
        count=period.count,
        anchor=None if period.anchor is None else period.anchor.isoformat(),
        week_start=period.week_start if period.kind == "week" else None,
    )


def standing_item(standing: Standing, outlook: Outlook | None) -> StandingItem:
    """How a budget stands."""
    state, unit = standing.state, standing.budget.limit.unit
    usd = _dollars(unit)
    ahead = outlook if isinstance(outlook, Forecast) else None
    return StandingItem(
        value=standing.value,
        state=state.state,
        unit=unit,
        period_start=instant(standing.window.start),
        period_end=instant(standing.window.end),
        spent=_exact(state.spent, unit),
        limit=_exact(state.limit, unit),
        remaining=_exact(state.remaining, unit),
        spent_usd=usd(state.spent),
        limit_usd=usd(state.limit),
        remaining_usd=usd(state.remaining),
        utilization_ratio=None if state.utilization_ratio is None else float(state.utilization_ratio),
        threshold_reached=None if state.threshold_ppm is None else float(ratio(state.threshold_ppm)),
        requests=state.requests,
        unpriced_requests=state.unpriced_requests,
        unpriced_tokens=state.unpriced_tokens,
        estimated_usd=usd(state.estimated),
        forecast=None if ahead is None else _exact(ahead.expected, unit),
        forecast_low=None if ahead is None else _exact(ahead.low, unit),
        forecast_high=None if ahead is None else _exact(ahead.high, unit),
        forecast_usd=None if ahead is None else usd(ahead.expected),
        forecast_reason=None if outlook is None or ahead is not None else getattr(outlook, "message", None),
        exceeds_at=_instant(ahead.exceeds_at) if ahead else None,
        exceeds_at_earliest=_instant(ahead.exceeds_at_earliest) if ahead else None,
    )


class TouchedBudget(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """How a budget stands that the call of an ingest is part of; see StandingItem."""

    id: str
    name: str
    value: str | None
    state: State
    unit: Unit
    period_start: str
    period_end: str
    spent: str | int
    limit: str | int
    remaining: str | int
    spent_usd: float | None
    limit_usd: float | None
    remaining_usd: float | None
    utilization_ratio: float | None
    forecast_usd: float | None
    exceeds_at: str | None
    unpriced_requests: int


_TOUCHED: Final = tuple(name for name in TouchedBudget.__struct_fields__ if name not in ("id", "name"))


def touched_budget(standing: Standing, outlook: Outlook | None) -> TouchedBudget:
    """The same, for the answer to a call."""
    item = standing_item(standing, outlook)
    values = {name: getattr(item, name) for name in _TOUCHED}
    return TouchedBudget(id=budget_id_text(standing.budget.id), name=standing.budget.name, **values)


def _exact(amount: int, unit: Unit) -> str | int:
    return usd_text(amount) if unit == "usd" else amount


def _dollars(unit: Unit) -> Callable[[int], float | None]:
    return usd_number if unit == "usd" else lambda _: None


def _instant(at: int | None) -> str | None:
    return None if at is None else instant(at)
