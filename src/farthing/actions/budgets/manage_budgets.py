"""The budgets of a workspace: list, make, change, remove."""

from __future__ import annotations

from functools import partial
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.budgets.budget_fields import BudgetFields, described, read_budget
from farthing.actions.budgets.highest_price import highest_token_price
from farthing.actions.budgets.set_up import counted
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.reads.known_keys import check_keys
from farthing.rules.audit import changed
from farthing.rules.budget_counts import Standing
from farthing.rules.budget_periods import Period
from farthing.rules.budgets import Budget, Limit
from farthing.rules.ids import budget_id_text
from farthing.rules.problems import FieldProblem
from farthing.storage.contract.budgets import Seed

BUDGETS_MAX: Final = 20_000
"""What a workspace may have."""
_BLANK: Final = Budget(
    id=0, workspace_id=0, name="", limit=Limit("usd", 0), period=Period(kind="month"), timezone="UTC"
)
"""What a new budget is where nothing else is said: all real calls of a month (UTC)."""
_GONE: Final = "the budget has just been changed by somebody else; nothing was done"


async def list_standings(
    parts: Parts, asker: Asker, budget_id: int | None = None, value_count_max: int = 20
) -> list[Standing]:
    """How the workspace's budgets stand now: all in the order they were made, or one."""
    return await parts.storage.standings(asker.workspace.id, parts.clock.now(), budget_id, value_count_max)


async def find_budget(parts: Parts, asker: Asker, budget_id: int) -> Budget:
    """One of the workspace. Raises NotFoundError."""
    found = await parts.storage.budget(asker.workspace.id, budget_id)
    if found is None:
        raise NotFoundError(f"there is no budget {budget_id_text(budget_id)} in this workspace")
    return found


async def read_new(parts: Parts, asker: Asker, given: BudgetFields) -> Budget:
    """A budget as it would be made. Raises InvalidInputError."""
    missing = [FieldProblem("name", "is needed")] if given.name is UNSET else []
    if all(limit is UNSET for limit in (given.limit_usd, given.limit_requests, given.limit_tokens)):
        missing.append(FieldProblem("limitUsd", "is needed, or limitRequests or limitTokens"))
    blank = replace(
        _BLANK,
        workspace_id=asker.workspace.id,
        created_by=asker.user.id,
        created_at=parts.clock.now(),
    )
    try:
        new = read_budget(given, blank)
    except InvalidInputError as error:
        told = {each.field for each in missing}
        raise InvalidInputError([*missing, *(e for e in error.problems if e.field not in told)]) from error
    if missing:
        raise InvalidInputError(missing)
    await check_keys(parts, asker, new.filters)
    return await _with_rate(parts, new)


async def add_budget(parts: Parts, asker: Asker, given: BudgetFields) -> Budget:
    """Make a budget; it counts what is there already of its period.

    Raises InvalidInputError, ConflictError, and AlreadyExistsError for a name or slot in use.
    """
    new = await read_new(parts, asker, given)
    if len(await parts.storage.budgets(asker.workspace.id)) >= BUDGETS_MAX:
        raise ConflictError(f"this workspace has {BUDGETS_MAX} budgets; one has to be removed first")
    return await counted(parts, new, lambda ready, seed: change(parts, asker, partial(_add, ready, seed)))


async def _add(new: Budget, seed: Seed, audited: Audited) -> Budget:
    added = await audited.changes.add_budget(new, seed)
    await audited.enter("budget.created", budget_id_text(added.id), after=described(added))
    return added


async def read_changed(parts: Parts, asker: Asker, before: Budget, given: BudgetFields) -> Budget:
    """A budget as it would be after a change. Raises InvalidInputError."""
    after = read_budget(given, before)
    await check_keys(parts, asker, after.filters)
    return await _with_rate(parts, after)


async def change_budget(parts: Parts, asker: Asker, budget_id: int, given: BudgetFields) -> Budget:
    """Change what is given; with other calls, periods or values it is counted anew.

    Raises NotFoundError, InvalidInputError, ConflictError, AlreadyExistsError.
    """
    before = await find_budget(parts, asker, budget_id)
    after = await read_changed(parts, asker, before, given)
    if after.counts_as(before):
        return await change(parts, asker, partial(_change, before, after, None))
    return await counted(
        parts, after, lambda ready, seed: change(parts, asker, partial(_change, before, ready, seed))
    )


async def _change(before: Budget, after: Budget, seed: Seed | None, audited: Audited) -> Budget:
    kept = await audited.changes.change_budget(after, seed)
    if kept is None:
        raise ConflictError(_GONE)
    told = changed(described(before), described(after))
    await audited.enter("budget.changed", budget_id_text(after.id), *told)
    return kept


async def remove_budget(parts: Parts, asker: Asker, budget_id: int) -> None:
    """Count it no more. Raises NotFoundError, ConflictError."""
    before = await find_budget(parts, asker, budget_id)
    await change(parts, asker, partial(_remove, before))


async def _remove(before: Budget, audited: Audited) -> None:
    if await audited.changes.change_budget(replace(before, removed_at=audited.at)) is None:
        raise ConflictError(_GONE)
    await audited.enter("budget.removed", budget_id_text(before.id), before=described(before))


async def _with_rate(parts: Parts, of: Budget) -> Budget:
    """With what it takes an unpriced token to cost, where it does."""
    if of.unpriced != "highest_known":
        return replace(of, unpriced_rate_picousd=0)
    return replace(of, unpriced_rate_picousd=await highest_token_price(parts, of.workspace_id))
