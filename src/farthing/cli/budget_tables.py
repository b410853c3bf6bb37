"""Budgets on a terminal: how they stand, how one is set up, and its periods."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table

from farthing.api.budget_items import StandingItem
from farthing.api.budgets import BudgetWithStandings, PeriodList
from farthing.cli.tables import facts, figures, ids, table, tell, words


def tell_budgets(found: Sequence[BudgetWithStandings]) -> None:
    """All budgets, a line for each standing."""
    shown = table()
    ids(shown, "Id")
    words(shown, "Name")
    words(shown, "Value")
    _standing_columns(shown)
    figures(shown, "Forecast")
    ids(shown, "Crossed")
    for each in found:
        for standing in each.standings:
            ahead = amount(standing.forecast, standing.unit)
            crossed = (standing.exceeds_at or "")[:16].replace("T", " ")
            line = (*_standing_cells(standing), ahead, crossed)
            shown.add_row(each.id, each.name, standing.value or "", *line)
        if not each.standings:
            shown.add_row(each.id, each.name, "no calls yet")
    tell(shown)


def tell_budget(found: BudgetWithStandings) -> None:
    """How one is set up, and how it stands."""
    shown = facts()
    for name, text in _facts(found):
        shown.add_row(name, text)
    tell(shown)
    if found.standings:
        tell("")
        tell_budgets([found])
        reasons = dict.fromkeys(each.forecast_reason for each in found.standings if each.forecast_reason)
        for reason in reasons:
            tell(f"No forecast: {reason}.")


def _facts(of: BudgetWithStandings) -> Iterable[tuple[str, str]]:
    period = of.period
    parts = [period.kind, *([str(period.count)] if period.count != 1 else [])]
    parts += [f"from {each}" for each in (period.anchor, period.week_start) if each]
    yield "Id", of.id
    yield "Name", of.name
    yield "Period", f"{' '.join(parts)}, {of.timezone}"
    if of.per is not None:
        yield "For each", of.per
    for name, values in of.filters.items():
        if (name, values) in (("dataMode", "real"), ("environment", "all")):
            continue
        yield name, values if isinstance(values, str) else ", ".join(values)
    yield "Warns at", ", ".join(f"{each * 100:g} %" for each in of.thresholds) or "no threshold"
    yield "Unpriced", of.unpriced
    yield "Enforcement", f"{of.enforcement}{', observe only' if of.observe_only else ''}"
    for label, text in (("Slot", of.slot), ("Start", of.start), ("End", of.end)):
        if text is not None:
            yield label, text


def tell_periods(found: PeriodList, *, has_values: bool) -> None:
    """Periods newest first, a line for each standing."""
    shown = table()
    ids(shown, "From")
    if has_values:
        words(shown, "Value")
    _standing_columns(shown)
    for period in found.items:
        begun = period.start[:16].replace("T", " ")
        for standing in period.standings:
            value = (standing.value or "",) if has_values else ()
            shown.add_row(begun, *value, *_standing_cells(standing))
        if not period.standings:
            shown.add_row(begun, "no calls")
    tell(shown)
    if found.is_cut:
        tell("Calls of older periods are not kept any more.")


def _standing_columns(shown: Table) -> None:
    words(shown, "State")
    figures(shown, "Used")
    figures(shown, "Limit")
    figures(shown, "%")
    figures(shown, "Unpriced")


def _standing_cells(standing: StandingItem) -> tuple[str, ...]:
    ratio = standing.utilization_ratio
    return (
        standing.state,
        amount(standing.spent, standing.unit),
        amount(standing.limit, standing.unit),
        "" if ratio is None else f"{ratio * 100:.1f}",
        str(standing.unpriced_requests),
    )


def amount(value: str | int | None, unit: str) -> str:
    """An exact amount with its unit, dollars with two places at least and no zeros that say nothing."""
    if value is None:
        return ""
    if unit != "usd":
        return f"{value:,} {unit}"
    whole, _, places = str(value).partition(".")
    return f"{int(whole):,}.{places.rstrip('0').ljust(2, '0')} USD"
