"""`farthing budgets`: what a workspace means to spend at most, for whoever may touch the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from farthing.actions.asker import Asker
from farthing.actions.budgets.manage_budgets import (
    add_budget,
    change_budget,
    list_standings,
    read_new,
    remove_budget,
)
from farthing.actions.budgets.outlook import Outlook
from farthing.actions.budgets.past_periods import past_periods
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.api.budgets import BudgetWithStandings, PeriodList, budget_and_standings, told_periods
from farthing.cli.budget_options import ANYTHING, Wanted
from farthing.cli.budget_tables import tell_budget, tell_budgets, tell_periods
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, tell_done
from farthing.rules.budget_counts import Standing
from farthing.rules.budgets import Budget
from farthing.rules.ids import budget_id_text

_PERIODS = 12
_VALUES = 20


def list_all(*, whom: Whom, values: int = 3, as_json: AsJson = False, place: Place = HERE) -> None:
    """List the budgets of a workspace and how they stand now, with their forecasts.

    Parameters
    ----------
    values
        Of a budget with a limit for each value, how many of those that used most.
    as_json
        Print a list with the fields of the API.
    """

    async def work(parts: Parts) -> list[BudgetWithStandings]:
        asker = await whom.asker(parts)
        found = await list_standings(parts, asker, value_count_max=values)
        return [
            await _with_forecasts(parts, of, [each for each in found if each.budget.id == of.id])
            for of in await parts.storage.budgets(asker.workspace.id)
        ]

    found = work_with(place, work)
    if as_json:
        _print(found)
    else:
        tell_budgets(found)


def show(
    budget: str, *, whom: Whom, values: int = _VALUES, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Show one budget: how it is set up, how it stands, and what is expected of it.

    Parameters
    ----------
    budget
        The budget's name or id.
    values
        Of a budget with a limit for each value, how many of those that used most.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> BudgetWithStandings:
        asker = await whom.asker(parts)
        return await _standing(parts, asker, await _find(parts, asker, budget), values)

    found = work_with(place, work)
    if as_json:
        _print(found)
    else:
        tell_budget(found)


def add(
    name: str,
    *,
    whom: Whom,
    wanted: Wanted = ANYTHING,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Make a budget. What its period has seen already is counted.

    Parameters
    ----------
    name
        What people call it.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> BudgetWithStandings:
        asker = await whom.asker(parts)
        given = wanted.fields(name, asker.workspace.timezone)
        return await _standing(parts, asker, await add_budget(parts, asker, given), _VALUES)

    made = work_with(place, work)
    if as_json:
        _print(made)
    else:
        tell_budget(made)


def change(
    budget: str,
    *,
    whom: Whom,
    name: str | None = None,
    wanted: Wanted = ANYTHING,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Change what is given. Filters that are given take the place of all that it had.

    Parameters
    ----------
    budget
        The budget's name or id.
    name
        Another name.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> BudgetWithStandings:
        asker = await whom.asker(parts)
        before = await _find(parts, asker, budget)
        after = await change_budget(parts, asker, before.id, wanted.fields(name))
        return await _standing(parts, asker, after, _VALUES)

    changed = work_with(place, work)
    if as_json:
        _print(changed)
    else:
        tell_budget(changed)


def remove(budget: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Count a budget no more.

    Parameters
    ----------
    budget
        The budget's name or id.
    as_json
        Print {"id", "name"}.
    """

    async def work(parts: Parts) -> Budget:
        asker = await whom.asker(parts)
        found = await _find(parts, asker, budget)
        await remove_budget(parts, asker, found.id)
        return found

    gone = work_with(place, work)
    told = {"id": budget_id_text(gone.id), "name": gone.name}
    tell_done(f"{gone.name} is removed", told, as_json=as_json)


def history(
    budget: str,
    *,
    whom: Whom,
    periods: int = _PERIODS,
    values: int = 5,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Show how a budget stood in its last periods, newest first, by the calls as they are priced now.

    Parameters
    ----------
    budget
        The budget's name or id.
    periods
        How many periods.
    values
        Of a budget with a limit for each value, how many of those that used most in a period.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> tuple[Budget, PeriodList]:
        asker = await whom.asker(parts)
        of = await _find(parts, asker, budget)
        return of, told_periods(await past_periods(parts, of, periods, values))

    _tell_past(*work_with(place, work), as_json=as_json)


def preview(
    *,
    whom: Whom,
    wanted: Wanted = ANYTHING,
    periods: int = _PERIODS,
    values: int = 5,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Show how a budget would have stood in its last periods. Nothing is kept.

    Parameters
    ----------
    periods
        How many periods.
    values
        Of a budget with a limit for each value, how many of those that used most in a period.
    as_json
        Print it with the fields of the API.
    """

    async def work(parts: Parts) -> tuple[Budget, PeriodList]:
        asker = await whom.asker(parts)
        given = wanted.fields("preview", asker.workspace.timezone)
        of = await read_new(parts, asker, given)
        return of, told_periods(await past_periods(parts, of, periods, values))

    _tell_past(*work_with(place, work), as_json=as_json)


def _tell_past(of: Budget, found: PeriodList, *, as_json: bool) -> None:
    if as_json:
        _print(found)
    else:
        tell_periods(found, has_values=of.per is not None)


async def _find(parts: Parts, asker: Asker, budget: str) -> Budget:
    for each in await parts.storage.budgets(asker.workspace.id):
        if budget in (each.name, budget_id_text(each.id)):
            return each
    raise NotFoundError(f"there is no budget {budget!r} in this workspace")


async def _standing(parts: Parts, asker: Asker, of: Budget, values: int) -> BudgetWithStandings:
    return await _with_forecasts(parts, of, await list_standings(parts, asker, of.id, values))


async def _with_forecasts(parts: Parts, of: Budget, found: Sequence[Standing]) -> BudgetWithStandings:
    ahead: Sequence[Outlook] = [await parts.outlooks.fresh(parts, each) for each in found]
    return budget_and_standings(of, zip(found, ahead, strict=True))


def _print(found: Any) -> None:
    print(msgspec.json.encode(found).decode())
