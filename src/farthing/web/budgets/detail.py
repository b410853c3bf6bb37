"""One budget: how it stands, its values, its past, and its end after a second look."""

from __future__ import annotations

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.budgets.manage_budgets import find_budget, list_standings, remove_budget
from farthing.actions.budgets.past_periods import past_periods
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.query_parameters import Parameters
from farthing.rules.budgets import Budget
from farthing.rules.ids import budget_id_number, budget_id_text
from farthing.web.address import address_of
from farthing.web.budgets import words
from farthing.web.budgets.form import form_of
from farthing.web.budgets.history import history
from farthing.web.budgets.listing import PAGE, PATH, shown_standings
from farthing.web.budgets.shown import shown_budget
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, render

BUDGET: Final = PATH + "/{budget:str}"
_NUMBER_MAX: Final = 2**31 - 1
_VALUES_A_PAGE: Final = 20
_VALUES_MAX: Final = 500
_VALUES_OF_A_PERIOD: Final = 3
_PERIODS: Final = 12
_PERIODS_MAX: Final = 60
_SPANS: Final = (12, 24, 60)


@get(BUDGET, needs="read")
async def show_budget(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, budget: FromPath[str]
) -> Response[Any]:
    """The page of a budget."""
    parameters = Parameters(request.query_params.multi_items())
    parameters.refuse_others(("page", "periods"))
    page = parameters.whole("page", 1, _VALUES_MAX // _VALUES_A_PAGE, 1)
    periods = parameters.whole("periods", 1, _PERIODS_MAX, _PERIODS)
    parameters.raise_problems()
    of = await find(parts, asker, budget)
    first = (page - 1) * _VALUES_A_PAGE
    found = await list_standings(parts, asker, of.id, first + _VALUES_A_PAGE + 1)
    here = found[first : first + _VALUES_A_PAGE]
    keys = await parts.storage.api_keys(asker.workspace.id)
    shown = await shown_standings(parts, here, keys, fresh=_VALUES_A_PAGE)
    past = await past_periods(parts, of, periods, _VALUES_OF_A_PERIOD)
    address = address_of(f"{PATH}/{budget_id_text(of.id)}", request.query_params.multi_items())
    has_more = len(found) > first + _VALUES_A_PAGE and first + _VALUES_A_PAGE < _VALUES_MAX
    return render(
        request,
        "budget",
        Frame(asker, PAGE),
        shown=shown_budget(of, shown, keys),
        first=first + 1,
        newer=address.put(page=None if page == 2 else str(page - 1)) if page > 1 else None,  # noqa: PLR2004 - the first
        older=address.put(page=str(page + 1)) if has_more else None,
        history=history(of, past, parts.clock.now(), keys),
        spans=[
            (n, address.put(periods=None if n == _PERIODS else str(n)), n == periods) for n in (12, 24, 60)
        ],
        facts=facts(of),
    )


@get(BUDGET + "/remove", needs="manage_settings")
async def ask_remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, budget: FromPath[str]
) -> Response[Any]:
    """What removing means, and the button that does it."""
    of = await find(parts, asker, budget)
    return render(request, "budget_remove", Frame(asker, PAGE), budget=of, wire=budget_id_text(of.id))


@post(BUDGET + "/remove", needs="manage_settings")
async def remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, budget: FromPath[str]
) -> Response[Any]:
    """The end of it, and a button that makes it again."""
    of = await find(parts, asker, budget)
    await remove_budget(parts, asker, of.id)
    return render(request, "budget_removed", Frame(asker, PAGE), budget=of, fields=form_of(of).pairs())


HANDLERS: Final = (show_budget, ask_remove, remove)


async def find(parts: Parts, asker: Asker, wire: str) -> Budget:
    """The budget with this id. Raises NotFoundError."""
    number = budget_id_number(wire)
    if number is None or number > _NUMBER_MAX:
        raise NotFoundError(f"there is no budget {wire[:40]!r} in this workspace")
    return await find_budget(parts, asker, number)


def facts(of: Budget) -> list[tuple[str, str]]:
    """What was decided of a budget, in words, beyond what its bar says."""
    told = [
        ("Period", f"{words.per_period(of)}, {of.timezone}"),
        ("Warns at", words.thresholds_text(of)),
        ("Calls without a price", words.UNPRICED[of.unpriced][0]),
        ("When exceeded", words.ENFORCEMENTS[of.enforcement][0]),
    ]
    if of.is_observed_only:
        told.append(("Observe only", "enforces nothing"))
    if of.start is not None:
        told.append(("From", words.moment(of.start, of.zone)))
    if of.end is not None:
        told.append(("Until", words.moment(of.end, of.zone)))
    if of.counted_from is not None:
        told.append(("Counted from", words.moment(of.counted_from, of.zone)))
    return [*told, ("Id", budget_id_text(of.id))]
