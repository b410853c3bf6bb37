"""What is done by itself for budgets changes no state that anybody still sees."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from farthing.actions.budgets.budget_fields import BudgetFields, PeriodFields
from farthing.actions.budgets.manage_budgets import add_budget, change_budget, list_standings
from farthing.actions.budgets.past_periods import past_periods
from farthing.actions.budgets.upkeep import keep_up_budgets
from farthing.rules.periods import DAY_MS
from farthing.rules.retention import Kept
from tests.installations import NOW, Installed, a_call, installed, price_book
from tests.storages import Place


@pytest.fixture
async def installation(place: Place) -> AsyncIterator[Installed]:
    async with installed(place.storage(), price_book()) as made:
        yield made


async def test_old_cells_go_and_states_stay(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    rolling = PeriodFields(kind="rolling_days", count=2)
    await add_budget(parts, asker, BudgetFields(name="a", limit_requests=1, period=rolling, per="userId"))
    await add_budget(parts, asker, BudgetFields(name="b", limit_requests=1, period="day", per="userId"))
    await add_budget(parts, asker, BudgetFields(name="c", limit_requests=1, period="day"))
    for day in range(0, 60, 4):
        installation.clock.at = NOW + day * DAY_MS
        call = a_call(-day * DAY_MS, external_request_id=str(day))
        await installation.record(call)
    before = await list_standings(parts, asker)
    await keep_up_budgets(parts)
    after = await list_standings(parts, asker)
    assert [(each.value, each.window, each.state) for each in after] == [
        (each.value, each.window, each.state) for each in before
    ]
    kept = [len(await parts.storage.past_standings(asker.workspace.id, of, 100)) for of in (2, 3)]
    assert kept == [9, 15]  # of single limits all, of limits for each value those of 35 days and a little
    await keep_up_budgets(parts)  # nothing is left to do


async def test_an_estimate_follows_the_dearest_model_that_is_used(installation: Installed) -> None:
    parts, asker = installation.parts, installation.asker
    fields = BudgetFields(name="a", limit_usd=Decimal(1), unpriced="highest_known")
    budget = await add_budget(parts, asker, fields)
    assert budget.unpriced_rate_picousd == 0
    await installation.record(a_call(model="gpt-4o"), a_call(model="never-heard-of", external_request_id="x"))
    await keep_up_budgets(parts)
    (standing,) = await list_standings(parts, asker)
    assert standing.budget.unpriced_rate_picousd == 10_000_000  # ten dollars a million
    assert standing.state.estimated == 165 * 10_000_000
    changed = await change_budget(parts, asker, budget.id, BudgetFields(unpriced="ignore"))
    assert changed.unpriced_rate_picousd == 0


async def test_a_past_period_is_told_from_what_was_counted_once_its_calls_are_gone(
    installation: Installed,
) -> None:
    parts, asker = installation.parts, installation.asker
    tagged: dict[str, str | list[str]] = {"tags": "team:a"}  # which no sums are kept by
    fields = BudgetFields(name="a", limit_requests=1, period="day", filters=tagged)
    budget = await add_budget(parts, asker, fields)
    for day in range(4):
        installation.clock.at = NOW + day * DAY_MS
        await installation.record(a_call(-day * DAY_MS, external_request_id=str(day), tags={"team": "a"}))
    before = await past_periods(parts, budget, 5, 1)
    raw_from = NOW - NOW % DAY_MS + 2 * DAY_MS
    await parts.storage.advance_retention(asker.workspace.id, {"real": Kept(raw_from, 0)})
    after = await past_periods(parts, budget, 5, 1)
    assert [standings[0].state.spent for _, standings in before.periods] == [1, 1, 1, 1, 0]
    assert [standings[0].state.spent for _, standings in after.periods] == [1, 1, 1, 1]
    assert (before.is_cut, after.is_cut) == (False, True)
    preview = await past_periods(parts, replace(budget, id=0), 5, 1)
    assert (len(preview.periods), preview.is_cut) == (2, True)
