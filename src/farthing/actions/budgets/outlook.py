"""What the period of a budget will have come to, from the rhythm of its last weeks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from farthing.reports.budget_seed import period_query
from farthing.reports.facts import Facts
from farthing.reports.reach import answerable_from
from farthing.rules.baseline import HISTORY_HOURS_MAX, learn
from farthing.rules.budget_counts import Standing
from farthing.rules.budgets import Budget, Unit
from farthing.rules.forecast import NOT_IN_FORCE, ROLLING, Ahead, Forecast, NoForecast, forecast
from farthing.rules.periods import HOUR_MS, QUARTER_MS, Window
from farthing.rules.usage import TOKEN_UNITS
from farthing.rules.week import hours_of_week
from farthing.storage.contract import Snapshot

if TYPE_CHECKING:
    from farthing.actions.parts import Parts

Outlook = Forecast | NoForecast
_SUMS: Final[dict[Unit, tuple[str, ...]]] = {
    "usd": ("cost_picousd",),
    "requests": ("request_count",),
    "tokens": TOKEN_UNITS,
}


async def outlook(parts: Parts, standing: Standing) -> Outlook:
    """What the period of a standing comes to, or why nothing can be said.

    It asks for the sums of at most 13 weeks by the hour: some milliseconds from rollups, and as long as a
    look at all rows of that time where no rollup knows the budget's calls apart.
    """
    of, now = standing.budget, parts.clock.now()
    if not standing.state.is_in_force:
        return NOT_IN_FORCE
    if of.period.is_rolling:
        return ROLLING
    start = min((now // QUARTER_MS + 1) * QUARTER_MS, standing.window.end)
    ahead = Ahead(start, hours_of_week(Window(start, standing.window.end), QUARTER_MS, of.zone))
    history, values = await _history(parts, of, standing.value, now)
    return await asyncio.to_thread(_forecast, standing, history, values, ahead)


def _forecast(standing: Standing, history: Window, values: list[int], ahead: Ahead) -> Outlook:
    usual = learn(values, hours_of_week(history, HOUR_MS, standing.budget.zone))
    return forecast(usual, standing.state.spent, ahead, standing.state.limit)


async def _history(parts: Parts, of: Budget, value: str | None, now: int) -> tuple[Window, list[int]]:
    """The full hours before now, as far back as they are kept, and what each came to."""
    end = now // HOUR_MS * HOUR_MS

    async def work(snapshot: Snapshot) -> tuple[Window, Facts | None]:
        query = replace(period_query(of, Window(end, end)), sums=_SUMS[of.limit.unit])
        query = replace(query, order_by=query.sums[0])
        since = answerable_from(query, await snapshot.retention(of.workspace_id))
        start = max(end - HISTORY_HOURS_MAX * HOUR_MS, -(-since // HOUR_MS) * HOUR_MS)
        if start >= end:
            return Window(end, end), None
        window = Window(start, end)
        edges = tuple(range(start, end + 1, HOUR_MS))
        only = () if value is None else ((value,),)
        return window, await snapshot.facts(replace(query, window=window, edges=edges, only=only))

    window, facts = await parts.storage.consistently(work)
    values = [0] * ((window.end - window.start) // HOUR_MS)
    for (bucket, _), sums in (facts.sums if facts else {}).items():
        values[bucket] += sum(sums)
    return window, values
