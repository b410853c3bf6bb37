"""The page of all budgets, and the few that the overview shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from litestar import Response, get

from farthing.actions.asker import Asker
from farthing.actions.budgets.manage_budgets import list_standings
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.rules.budget_counts import Standing
from farthing.rules.budget_state import State
from farthing.rules.budgets import SLOTS, Budget
from farthing.storage.contract import ApiKey
from farthing.web.address import Address, address_of
from farthing.web.budgets.shown import ShownBudget, ShownStanding, shown_budget, shown_standing, value_name
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render

PATH: Final = "/budgets"
PAGE: Final = "budgets"
_A_PAGE: Final = 50
_VALUES: Final = 3
_FRESH: Final = 12
"""Forecasts that a page waits for; of more it tells those that are known already."""
_ON_OVERVIEW: Final = 3
_PAGES_MAX: Final = 10_000
_RANKS: Final[dict[State, int]] = {"exceeded": 0, "warning": 1, "ok": 2, "scheduled": 3, "ended": 4}


@get(PATH, needs="read")
async def show_budgets(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Every budget and how it stands: the workspace's own first, then what is in trouble."""
    parameters = Parameters(request.query_params.multi_items())
    parameters.refuse_others(("page",))
    page = parameters.whole("page", 1, _PAGES_MAX, 1)
    parameters.raise_problems()
    budgets = await parts.storage.budgets(asker.workspace.id)
    found = await list_standings(parts, asker, value_count_max=_VALUES + 1)
    groups = in_order(budgets, found)
    here = groups[(page - 1) * _A_PAGE : page * _A_PAGE]
    keys = await parts.storage.api_keys(asker.workspace.id)
    address = address_of(PATH, request.query_params.multi_items())
    return render(
        request,
        "budgets",
        Frame(asker, PAGE),
        budgets=await _shown(parts, here, keys),
        total=len(groups),
        first=(page - 1) * _A_PAGE + 1,
        newer=_to(address, page - 1) if page > 1 else None,
        older=_to(address, page + 1) if page * _A_PAGE < len(groups) else None,
        missing=[slot for slot in SLOTS if all(each.slot != slot for each in budgets)],
    )


def _to(address: Address, page: int) -> Address:
    return address.put(page=None if page == 1 else str(page))


def in_order(budgets: Sequence[Budget], standings: Sequence[Standing]) -> list[tuple[Budget, list[Standing]]]:
    """Each budget with its standings: slots, then by state, then by how much of the limit is used."""
    by_budget: dict[int, list[Standing]] = {}
    for each in standings:
        by_budget.setdefault(each.budget.id, []).append(each)
    groups = [(of, by_budget.get(of.id, [])) for of in budgets]
    return sorted(groups, key=_order)


def _order(group: tuple[Budget, list[Standing]]) -> tuple[int, int, float, str]:
    of, standings = group
    slot = len(SLOTS) if of.slot is None else SLOTS.index(of.slot)
    if not standings:
        return slot, len(_RANKS), 0.0, of.name
    return slot, *_trouble(standings), of.name


def _trouble(standings: Sequence[Standing]) -> tuple[int, float]:
    """The worst of them, and the most that is used; a limit of 0 that is exceeded is used without end."""
    used = (each.state.utilization_ratio for each in standings)
    most = max(float("inf") if ratio is None else float(ratio) for ratio in used)
    return min(_RANKS[each.state.state] for each in standings), -most


async def _shown(
    parts: Parts, groups: Sequence[tuple[Budget, list[Standing]]], keys: Sequence[ApiKey]
) -> list[ShownBudget]:
    left, told = _FRESH, []
    for of, standings in groups:
        shown = await shown_standings(parts, standings, keys, fresh=left)
        left -= len(standings)
        told.append(shown_budget(of, shown, keys, _VALUES))
    return told


async def shown_standings(
    parts: Parts, standings: Sequence[Standing], keys: Sequence[ApiKey], fresh: int
) -> list[ShownStanding]:
    """Standings with their forecasts: the first `fresh` are made now, of others what is known is told."""
    now = parts.clock.now()
    told = []
    for number, each in enumerate(standings):
        known = parts.outlooks.known(each, now)
        ahead = await parts.outlooks.fresh(parts, each) if number < fresh else known
        told.append(shown_standing(each, ahead, now, lambda of, value: value_name(of, value, keys)))
    return told


async def leading_budgets(parts: Parts, asker: Asker) -> tuple[list[ShownBudget], int]:
    """The few that are used most, each with the value that used most; and how many there are with calls.

    Nobody waits for a forecast here: those that are known are told.
    """
    every = await list_standings(parts, asker, value_count_max=1)
    found = [each for each in every if each.state.is_in_force]
    if not found:
        return [], 0
    leading = sorted(found, key=lambda each: (*_trouble([each]), each.budget.name))[:_ON_OVERVIEW]
    keys = await parts.storage.api_keys(asker.workspace.id)
    shown = [
        shown_budget(each.budget, await shown_standings(parts, [each], keys, fresh=0), keys)
        for each in leading
    ]
    return shown, len(found)


HANDLERS: Final = (show_budgets,)
