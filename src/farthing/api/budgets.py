"""Budgets over HTTP: set them up, see how they stand, and how they would have stood."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from farthing.actions.asker import Asker
from farthing.actions.budgets.budget_fields import BudgetFields
from farthing.actions.budgets.manage_budgets import (
    add_budget,
    change_budget,
    find_budget,
    list_standings,
    read_new,
    remove_budget,
)
from farthing.actions.budgets.outlook import Outlook
from farthing.actions.budgets.past_periods import PERIODS_MAX, Past, past_periods
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.api.answers import StatusAnswer
from farthing.api.budget_items import BudgetItem, StandingItem, budget_fields, standing_item
from farthing.api.given import GivenAsker, GivenParts
from farthing.api.query import operation_with, query_parameter, whole_number
from farthing.rules.budget_counts import Standing
from farthing.rules.budgets import Budget
from farthing.rules.ids import budget_id_number
from farthing.rules.instants import instant

_NUMBER_MAX: Final = 2**31 - 1
_VALUES: Final = 20
_VALUES_MAX: Final = 500
_PERIODS: Final = 12
_FRESH_MAX: Final = 50
"""Forecasts that are made for one answer; of more only what is known already is told."""


class BudgetWithStandings(BudgetItem, frozen=True, kw_only=True, rename="camel"):
    """A budget and how it stands now: once, or for each of the values that used most."""

    standings: list[StandingItem]


class BudgetList(msgspec.Struct, frozen=True):
    """All of the workspace, in the order they were made."""

    items: list[BudgetWithStandings]


class PeriodItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A period and how the budget stood in it."""

    start: str
    end: str
    standings: list[StandingItem]


class PeriodList(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Periods newest first; `isCut` when calls of older ones are not kept any more."""

    items: list[PeriodItem]
    is_cut: bool


_values: Final = query_parameter(
    "values", "Of a budget with a limit for each value, how many.", whole_number(1, _VALUES_MAX)
)
_periods: Final = query_parameter("periods", "How many periods.", whole_number(1, PERIODS_MAX))
_Values: Final = operation_with([_values])
_History: Final = operation_with([_values, _periods])


@get("/settings/budgets", tags=["budgets"], needs="read", operation_class=_Values)
async def get_budgets(request: Request[Any, Any, Any], parts: GivenParts, asker: GivenAsker) -> BudgetList:
    """The budgets of the workspace, and how they stand."""
    (values,) = _read(request, values=(_VALUES, _VALUES_MAX))
    budgets = await parts.storage.budgets(asker.workspace.id)
    standings = await list_standings(parts, asker, value_count_max=values)
    by_budget: dict[int, list[Standing]] = {}
    for each in standings:
        by_budget.setdefault(each.budget.id, []).append(each)
    left, items = _FRESH_MAX, []
    for of in budgets:
        mine = by_budget.get(of.id, [])
        items.append(await _item(parts, of, mine, is_fresh=left > 0))
        left -= len(mine)
    return BudgetList(items)


@post("/settings/budgets", tags=["budgets"], needs="manage_settings")
async def post_budget(
    data: JSONBody[BudgetFields], parts: GivenParts, asker: GivenAsker
) -> BudgetWithStandings:
    """Make a budget; what its period has seen already is counted. `name` and one limit are needed."""
    return await _now(parts, asker, await add_budget(parts, asker, data))


@post("/settings/budgets/preview", status_code=200, tags=["budgets"], needs="read", operation_class=_History)
async def post_preview(
    request: Request[Any, Any, Any], data: JSONBody[BudgetFields], parts: GivenParts, asker: GivenAsker
) -> PeriodList:
    """How a budget would have stood in its last periods, newest first; nothing is kept."""
    values, periods = _read(request, values=(_VALUES, _VALUES_MAX), periods=(_PERIODS, PERIODS_MAX))
    return told_periods(await past_periods(parts, await read_new(parts, asker, data), periods, values))


@get("/settings/budgets/{budget_id:str}", tags=["budgets"], needs="read", operation_class=_Values)
async def get_budget(
    request: Request[Any, Any, Any], budget_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> BudgetWithStandings:
    """One budget, and how it stands."""
    (values,) = _read(request, values=(_VALUES, _VALUES_MAX))
    return await _now(parts, asker, await find_budget(parts, asker, budget_number(budget_id)), values)


@get("/settings/budgets/{budget_id:str}/history", tags=["budgets"], needs="read", operation_class=_History)
async def get_history(
    request: Request[Any, Any, Any], budget_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> PeriodList:
    """How it stood in this period and those before, newest first, by the calls as they are priced now."""
    values, periods = _read(request, values=(_VALUES, _VALUES_MAX), periods=(_PERIODS, PERIODS_MAX))
    of = await find_budget(parts, asker, budget_number(budget_id))
    return told_periods(await past_periods(parts, of, periods, values))


@patch("/settings/budgets/{budget_id:str}", tags=["budgets"], needs="manage_settings")
async def patch_budget(
    budget_id: FromPath[str], data: JSONBody[BudgetFields], parts: GivenParts, asker: GivenAsker
) -> BudgetWithStandings:
    """Change what is given. With other calls, periods or values than before it is counted anew."""
    return await _now(parts, asker, await change_budget(parts, asker, budget_number(budget_id), data))


@delete("/settings/budgets/{budget_id:str}", status_code=200, tags=["budgets"], needs="manage_settings")
async def delete_budget(budget_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Count it no more."""
    await remove_budget(parts, asker, budget_number(budget_id))
    return StatusAnswer()


HANDLERS = [
    get_budgets,
    post_budget,
    post_preview,
    get_budget,
    get_history,
    patch_budget,
    delete_budget,
]


def budget_number(text: str) -> int:
    """The number behind a budget's id. Raises NotFoundError."""
    number = budget_id_number(text)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no budget {text[:40]!r} in this workspace")
    return number


def _read(request: Request[Any, Any, Any], **known: tuple[int, int]) -> tuple[int, ...]:
    """Whole numbers of the URL, each given as (default, most)."""
    parameters = Parameters(request.query_params.multi_items())
    parameters.refuse_others(tuple(known))
    found = tuple(parameters.whole(name, 1, most, default) for name, (default, most) in known.items())
    parameters.raise_problems()
    return found


async def _now(parts: Parts, asker: Asker, of: Budget, values: int = _VALUES) -> BudgetWithStandings:
    return await _item(parts, of, await list_standings(parts, asker, of.id, values))


async def _item(
    parts: Parts, of: Budget, standings: list[Standing], *, is_fresh: bool = True
) -> BudgetWithStandings:
    now = parts.clock.now()
    ahead = [
        await parts.outlooks.fresh(parts, each) if is_fresh else parts.outlooks.known(each, now)
        for each in standings
    ]
    return budget_and_standings(of, zip(standings, ahead, strict=True))


def budget_and_standings(
    of: Budget, standings: Iterable[tuple[Standing, Outlook | None]]
) -> BudgetWithStandings:
    """A budget with its standings, each with its forecast as far as one is known."""
    told = [standing_item(each, ahead) for each, ahead in standings]
    return BudgetWithStandings(**budget_fields(of), standings=told)


def told_periods(past: Past) -> PeriodList:
    """Periods as JSON."""
    items = [
        PeriodItem(
            start=instant(window.start),
            end=instant(window.end),
            standings=[standing_item(each, None) for each in standings],
        )
        for window, standings in past.periods
    ]
    return PeriodList(items=items, is_cut=past.is_cut)
