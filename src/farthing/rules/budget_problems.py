"""What is wrong with a budget that somebody wrote down: each problem by the field's name on the wire."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from farthing.rules import budget_periods
from farthing.rules.budget_periods import Kind, Period
from farthing.rules.budgets import PPM, Budget, Slot
from farthing.rules.filters import FILTER_DIMENSIONS, Filters
from farthing.rules.instants import instant
from farthing.rules.money import COST_PICOUSD_MAX, usd
from farthing.rules.periods import QUARTER_MS
from farthing.rules.problems import FieldProblem
from farthing.rules.zones import is_zone

NAME_LENGTH_MAX: Final = 200
THRESHOLDS_MAX: Final = 10
THRESHOLD_PPM_MAX: Final = 10 * PPM
"""A budget may warn beyond its limit too ("twice what we meant"), up to ten times."""
PER: Final = (*FILTER_DIMENSIONS, "environment")
"""Dimensions whose every value can have a limit for itself."""
_SLOT_PERIODS: Final[dict[Slot, Kind]] = {"daily": "day", "monthly": "month"}


def problems(budget: Budget) -> list[FieldProblem]:
    """All that is wrong, in the order of the fields; empty when the budget can be kept."""
    return [
        *_name(budget),
        *_limit(budget),
        *budget_periods.problems(budget.period),
        *_timezone(budget),
        *_filters(budget),
        *_thresholds(budget),
        *_policy(budget),
        *_slot(budget),
        *_time(budget),
    ]


def _name(budget: Budget) -> list[FieldProblem]:
    length = len(budget.name.strip())
    if 1 <= length <= NAME_LENGTH_MAX:
        return []
    return [FieldProblem("name", f"name has {length} characters; it needs 1 to {NAME_LENGTH_MAX}")]


def _limit(budget: Budget) -> list[FieldProblem]:
    amount = budget.limit.amount
    if 0 <= amount <= COST_PICOUSD_MAX:
        return []
    if budget.limit.unit == "usd":
        told, most = f"{usd(amount).normalize():f}", f"{int(usd(COST_PICOUSD_MAX)):,} USD"
    else:
        told, most = str(amount), f"{COST_PICOUSD_MAX:,}"
    return [FieldProblem("limit", f"limit ({told}) must lie between 0 and {most}")]


def _timezone(budget: Budget) -> list[FieldProblem]:
    if is_zone(budget.timezone):
        return []
    return [FieldProblem("timezone", f"{budget.timezone!r} is no IANA time zone, such as Europe/Vienna")]


def _filters(budget: Budget) -> list[FieldProblem]:
    filters, found = budget.filters, []
    if not filters.environments:
        found.append(FieldProblem("filters.environment", "filters without any environment hold no event"))
    if filters.data_modes != ("real",):
        modes = ", ".join(filters.data_modes) or "none"
        message = f"budgets hold real money: dataMode must be real, not {modes}"
        found.append(FieldProblem("filters.dataMode", message))
    unknown = sorted(filters.dimensions - set(FILTER_DIMENSIONS))
    if unknown:
        known = ", ".join(FILTER_DIMENSIONS)
        found.append(FieldProblem("filters", f"unknown dimension {', '.join(unknown)}; known are {known}"))
    if budget.per is not None and budget.per not in PER:
        message = f"unknown dimension {budget.per!r}; known are {', '.join(PER)}"
        found.append(FieldProblem("per", message))
    return found


def _slot(budget: Budget) -> list[FieldProblem]:
    """The budgets of the workspace's status are in dollars, of everything, by plain days or months."""
    if budget.slot is None:
        return []
    kind = _SLOT_PERIODS[budget.slot]
    wanted = (Period(kind=kind), Filters(), None, "usd")
    if (budget.period, budget.filters, budget.per, budget.limit.unit) == wanted:
        return []
    message = f"the {budget.slot} budget of the workspace is in USD, by {kind}, without filters and values"
    return [FieldProblem("slot", message)]


def _thresholds(budget: Budget) -> list[FieldProblem]:
    given = budget.thresholds_ppm
    if len(given) > THRESHOLDS_MAX:
        return [FieldProblem("thresholds", f"{len(given)} thresholds are more than {THRESHOLDS_MAX}")]
    outside = [ppm for ppm in given if not 0 < ppm <= THRESHOLD_PPM_MAX]
    if outside:
        message = f"thresholds are ratios above 0 up to {THRESHOLD_PPM_MAX // PPM}, not {outside[0] / PPM:g}"
        return [FieldProblem("thresholds", message)]
    for low, high in pairwise(given):
        if high <= low:
            message = f"thresholds must ascend: {high / PPM:g} comes after {low / PPM:g}"
            return [FieldProblem("thresholds", message)]
    return []


def _policy(budget: Budget) -> list[FieldProblem]:
    if budget.unpriced == "ignore" or budget.limit.unit == "usd":
        return []
    message = f"{budget.unpriced} is for limits in USD; {budget.limit.unit} are counted without prices"
    return [FieldProblem("unpriced", message)]


def _time(budget: Budget) -> list[FieldProblem]:
    found = [
        FieldProblem(field, f"{field} ({instant(at)}) must lie on a quarter hour")
        for field, at in (("start", budget.start), ("end", budget.end))
        if at is not None and at % QUARTER_MS
    ]
    if budget.start is not None and budget.end is not None and budget.end <= budget.start:
        found.append(
            FieldProblem(
                "end", f"end ({instant(budget.end)}) must come after start ({instant(budget.start)})"
            )
        )
    return found
