"""`farthing spend` on a terminal: a headline, bars over time, names, the month and the budgets."""

from __future__ import annotations

from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from rich.bar import Bar
from rich.table import Table
from rich.text import Text

from farthing.actions.reads.ask_spend import Month, Spend
from farthing.cli.amounts import AT_LEAST, dollars, dollars_of, moved_text, share_text
from farthing.cli.ranking_told import ranking_table
from farthing.cli.reach_told import reach_told
from farthing.cli.tables import figures, ids, table, tell, words
from farthing.reports.question import Answer, Row
from farthing.rules.budget_counts import Standing
from farthing.rules.forecast import Forecast
from farthing.rules.instants import local_text
from farthing.rules.periods import local_date
from farthing.web.figures import count

_BAR_COLUMNS: Final = 40
_BUDGETS_MAX: Final = 5
_COLOURS: Final = {"ok": "green", "warning": "yellow", "exceeded": "red"}
_TROUBLE: Final = ("exceeded", "warning", "ok")


def tell_spend(found: Spend) -> None:
    """All of it, the answer first."""
    query, zone = found.query, ZoneInfo(found.query.timezone)
    start, end = (local_text(at, zone) for at in (query.window.start, query.window.end))
    tell(_headline(found), f"{start} to {end}, {query.timezone}")
    for note in filter(None, (reach_told(found.total.reach), _unpriced(found.total))):
        tell(note)
    if not found.total.total["requests"]:
        tell(
            "", "No stored call passes that: `farthing send` sends one, --data-mode and --range look further."
        )
    else:
        tell("", _bars(found, zone), "", ranking_table(found.ranking))
    tell("", _month_told(found.month, zone))
    if found.budgets:
        tell("", _budgets(found.budgets))
        if told := _other_calls(found):
            tell(told)


def _headline(found: Spend) -> str:
    """What was spent, and how that is against the time before."""
    total, before = found.total.total, found.before.total
    bound = AT_LEAST if found.total.unpriced_requests else ""
    told = f"{bound}{dollars(total['cost'])} for {count(total['requests'])} calls"
    if found.before.reach.is_truncated:
        return f"{told}; the time before is not kept any more"
    if not before["requests"]:
        return f"{told}; no calls in the time before, as long"
    bound = AT_LEAST if found.before.unpriced_requests else ""
    moved = moved_text(total["cost"], before["cost"]) or "nothing to compare"
    return f"{told}: {moved}, from {bound}{dollars(before['cost'])} in the time before, as long"


def _unpriced(answer: Answer) -> str:
    if not answer.unpriced_requests:
        return ""
    return (
        f"{AT_LEAST}is a lower bound: {answer.unpriced_requests:,} of {answer.request_count:,} calls "
        f"({share_text(answer.unpriced_share)}) have no full price; `farthing unknown` lists them."
    )


def _bars(found: Spend, zone: ZoneInfo) -> Table:
    """A line for each day or whatever the step is, the empty ones too."""
    rows: dict[int | None, Row] = {row.bucket: row for row in found.buckets.rows}
    costs = [Decimal(row.values["cost"] or 0) for row in rows.values()]
    longest = float(max(costs, default=Decimal(0))) or 1.0
    shown = table()
    ids(shown, found.query.step.capitalize())
    figures(shown, "USD")
    shown.add_column("", width=_BAR_COLUMNS, no_wrap=True)
    for start in found.buckets.buckets:
        row = rows.get(start)
        cost = None if row is None else row.values["cost"]
        bound = AT_LEAST if row is not None and row.values["unpriced_requests"] else ""
        bar = Bar(longest, 0, float(cost or 0), width=_BAR_COLUMNS, color="cyan")
        shown.add_row(_start_text(start, found.query.step, zone), bound + dollars(cost), bar)
    return shown


def _start_text(start: int, step: str, zone: ZoneInfo) -> str:
    if step in ("15m", "hour"):
        return local_text(start, zone)
    day = local_date(start, zone)
    return f"{day:%Y-%m}" if step == "month" else f"{day:%a %Y-%m-%d}"


def _month_told(month: Month | None, zone: ZoneInfo) -> str:
    """What the month of now has come to, and comes to."""
    if month is None:
        return "The calls of the first days of this month are not kept any more: no forecast."
    name = f"{local_date(month.standing.window.start, zone):%B %Y}"
    spent = month.standing.state
    bound = AT_LEAST if spent.unpriced_requests else ""
    told = f"{name}: {bound}{dollars_of(spent.spent)} so far"
    ahead = month.outlook
    if not isinstance(ahead, Forecast):
        return f"{told}; no forecast: {ahead.message}."
    low, expected, high = (bound + dollars_of(each) for each in (ahead.low, ahead.expected, ahead.high))
    return f"{told}, {expected} expected at its end ({low} to {high} nine times in ten)."


def _budgets(budgets: list[Standing]) -> Table:
    """Those in trouble first; `farthing budgets list` has them all."""
    shown = table()
    words(shown, "Budget")
    words(shown, "State")
    for heading in ("Used", "Limit", ""):
        figures(shown, heading)
    worst = sorted(budgets, key=_by_trouble)
    for each in worst[:_BUDGETS_MAX]:
        state, unit = each.state, each.budget.limit.unit
        name = each.budget.name if each.value is None else f"{each.budget.name}: {each.value}"
        shown.add_row(
            name,
            Text(state.state, style=_COLOURS[state.state]),
            *(
                dollars_of(each) if unit == "usd" else f"{each:,} {unit}"
                for each in (state.spent, state.limit)
            ),
            share_text(state.utilization_ratio),
        )
    if len(worst) > _BUDGETS_MAX:
        shown.caption = f"{len(worst) - _BUDGETS_MAX} more: farthing budgets list"
    return shown


def _other_calls(found: Spend) -> str:
    """Budgets have filters of their own: said where those are of other calls than the ones asked for."""
    modes = {mode for each in found.budgets for mode in each.budget.filters.data_modes}
    if modes == set(found.query.filters.data_modes):
        return ""
    return f"Budgets count the calls that each is for ({', '.join(sorted(modes))}), not those asked for here."


def _by_trouble(standing: Standing) -> tuple[int, float, str]:
    used = standing.state.utilization_ratio
    most = float("inf") if used is None else float(used)
    return _TROUBLE.index(standing.state.state), -most, standing.budget.name
