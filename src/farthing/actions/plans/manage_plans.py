"""Which plan a workspace has: for the operator, who may touch the database."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.rules.audit import NewEntry
from farthing.rules.plans import PlanUse
from farthing.rules.problems import FieldProblem
from farthing.rules.utc_months import month_of
from farthing.storage.contract import Changes, WorkspacePlan

NO_PLAN: Final = "none"


async def list_workspaces(parts: Parts) -> list[WorkspacePlan]:
    """All workspaces with the requests of this month, oldest first."""
    return await parts.storage.workspace_plans(month_of(parts.clock.now()))


def use_of(parts: Parts, each: WorkspacePlan) -> PlanUse:
    """How a workspace uses the plan that the settings define for its tier, if they do."""
    return PlanUse(parts.plans.plan(each.tier), each.request_count)


async def assign_plan(parts: Parts, workspace: str, tier: str) -> WorkspacePlan:
    """Give a workspace (its name or id) a plan of the settings, or with NO_PLAN none.

    Servers know within a second. Raises InvalidInputError and NotFoundError.
    """
    tiers = parts.plans.tiers()
    if tier not in (*tiers, NO_PLAN):
        defined = f"the settings define {', '.join(tiers)}" if tiers else "the settings define no plans"
        raise InvalidInputError([FieldProblem("plan", f"there is no plan {tier!r}; {defined}")])
    found = await _find(parts, workspace)
    after = replace(found, tier=None if tier == NO_PLAN else tier)

    async def work(changes: Changes) -> None:
        await changes.set_plan(after.workspace.id, after.tier)
        await changes.enter(_entry(found, after, parts.clock.now()))

    await parts.change(work)
    return after


def _entry(before: WorkspacePlan, after: WorkspacePlan, at: int) -> NewEntry:
    """By whoever may touch the database, who need not be a person in it."""
    return NewEntry(
        workspace_id=after.workspace.id,
        occurred_at=at,
        actor="",
        via="command",
        address="",
        action="plan.assigned",
        target=after.workspace.public_id,
        before={"plan": before.tier},
        after={"plan": after.tier},
    )


async def _find(parts: Parts, workspace: str) -> WorkspacePlan:
    known = await list_workspaces(parts)
    found = [each for each in known if workspace in (each.workspace.name, each.workspace.public_id)]
    if not found:
        raise NotFoundError(f"this installation has no workspace {workspace!r}")
    if len(found) > 1:
        ids = ", ".join(each.workspace.public_id for each in found)
        raise NotFoundError(f"several workspaces are called {workspace!r}, say which by its id: {ids}")
    return found[0]
