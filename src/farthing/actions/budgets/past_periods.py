"""How a budget stood, or would have stood, in past periods: added up from the calls themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from msgspec.structs import replace as changed

from farthing.actions.parts import Parts
from farthing.reports.budget_seed import amounts_of_sums, period_query
from farthing.reports.reach import answerable_from
from farthing.rules.budget_counts import NOTHING, Standing, spent_of
from farthing.rules.budget_periods import backwards
from farthing.rules.budget_state import stand
from farthing.rules.budgets import Budget
from farthing.rules.periods import Window
from farthing.storage.contract import Snapshot

PERIODS_MAX: Final = 366


@dataclass(frozen=True)
class Past:
    """Periods newest first, each with the standings of its values; `is_cut` when older ones are not kept."""

    periods: list[tuple[Window, list[Standing]]]
    is_cut: bool


async def past_periods(parts: Parts, of: Budget, period_count: int, value_count_max: int) -> Past:
    """The period that holds now and those before it, up to so many.

    A budget with a limit for each value has those with most in a period. Everything is as the calls are
    priced now, whatever was known then. Where calls are not kept any more, what the budget has counted of
    them tells.
    """
    now = parts.clock.now()
    every = (of.cut(window) for window in backwards(of.period, now, of.zone))
    windows = [window for window in islice(every, period_count) if window.start < window.end]

    async def work(snapshot: Snapshot) -> Past:
        kept = await snapshot.retention(of.workspace_id)
        found: list[tuple[Window, list[Standing]]] = []
        for window in windows:
            query = replace(period_query(of, window), order_by=_ORDER[of.limit.unit])
            if of.per is not None:
                query = replace(query, limit=value_count_max)
            if window.start < answerable_from(query, kept):
                break
            facts = await snapshot.facts(query)
            found.append((window, _standings(of, window, facts.sums)))
        return Past(found, is_cut=len(found) < len(windows))

    past = await parts.storage.consistently(work)
    return await _with_counted(parts, of, past, windows) if past.is_cut else past


async def _with_counted(parts: Parts, of: Budget, past: Past, windows: list[Window]) -> Past:
    """With the periods before those that were found, as far as the budget has counted them whole."""
    if of.per is not None or of.period.is_rolling:
        return past
    kept = await parts.storage.past_standings(of.workspace_id, of.id, len(windows))
    counted = {each.window: each for each in kept if (of.counted_from or 0) <= each.window.start}
    found = list(past.periods)
    for window in windows[len(found) :]:
        if window not in counted:
            return Past(found, is_cut=True)
        found.append((window, [counted[window]]))
    return Past(found, is_cut=False)


_ORDER: Final = {"usd": "cost_picousd", "requests": "request_count", "tokens": "request_count"}


def _standings(
    of: Budget, window: Window, sums: dict[tuple[int, tuple[str, ...]], tuple[int, ...]]
) -> list[Standing]:
    amounts = {texts[0] if texts else None: amounts_of_sums(each) for (_, texts), each in sums.items()}
    if of.per is None and not amounts:
        amounts = {None: NOTHING}
    plain = changed(of, counted_from=None)
    standings = [
        Standing(plain, value, window, stand(plain, spent_of(plain, each))) for value, each in amounts.items()
    ]
    return sorted(standings, key=lambda each: (-each.state.spent, each.value or ""))
