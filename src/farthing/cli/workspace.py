"""`farthing workspace`: workspaces and their plans, for whoever may touch the database."""

from __future__ import annotations

import json
from typing import Any

from farthing.actions.parts import Parts
from farthing.actions.plans.manage_plans import NO_PLAN, assign_plan, use_of
from farthing.actions.plans.manage_plans import list_workspaces as list_all
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson, ids, table, tell, tell_done, words
from farthing.rules.instants import instant
from farthing.storage.contract import WorkspacePlan


def list_workspaces(*, as_json: AsJson = False, place: Place = HERE) -> None:
    """List the workspaces, oldest first, with what they used of their plans this month (UTC).

    Parameters
    ----------
    as_json
        Print a list of {"id", "name", "timezone", "createdAt", "plan", "requests", "requestLimit"}.
    """

    async def work(parts: Parts) -> list[dict[str, Any]]:
        return [_row(parts, each) for each in await list_all(parts)]

    rows = work_with(place, work)
    if as_json:
        print(json.dumps(rows))
    else:
        _print_table(rows)


def plan(*, workspace: str, plan: str, as_json: AsJson = False, place: Place = HERE) -> None:
    """Give a workspace a plan of the settings, or none; a running server knows within two seconds.

    Parameters
    ----------
    workspace
        Name or id of the workspace.
    plan
        A plan that the settings define, or none.
    as_json
        Print {"id", "name", "plan", "requestLimit", "requests"}.
    """

    async def work(parts: Parts) -> tuple[WorkspacePlan, int | None]:
        given = await assign_plan(parts, workspace, plan)
        return given, use_of(parts, given).plan.request_limit_per_month

    given, limit = work_with(place, work)
    told = {
        "id": given.workspace.public_id,
        "name": given.workspace.name,
        "plan": given.tier,
        "requestLimit": limit,
        "requests": given.request_count,
    }
    tell_done(_plan_sentence(given, limit), told, as_json=as_json)


def _plan_sentence(given: WorkspacePlan, limit: int | None) -> str:
    name = given.workspace.name
    if given.tier is None:
        return f"{name} has no plan and no limit"
    told = "no limit of requests" if limit is None else f"{limit:,} requests a month"
    return f"{name} has the plan {given.tier}: {told}, {given.request_count:,} this month"


def _row(parts: Parts, each: WorkspacePlan) -> dict[str, Any]:
    return {
        "id": each.workspace.public_id,
        "name": each.workspace.name,
        "timezone": each.workspace.timezone,
        "createdAt": instant(each.workspace.created_at),
        "plan": each.tier,
        "requests": each.request_count,
        "requestLimit": use_of(parts, each).plan.request_limit_per_month,
    }


def _print_table(rows: list[dict[str, Any]]) -> None:
    shown = table()
    ids(shown, "Id")
    for heading in ("Name", "Plan"):
        words(shown, heading)
    shown.add_column("Requests this month", justify="right")
    for row in rows:
        limit = "" if row["requestLimit"] is None else f" of {row['requestLimit']:,}"
        shown.add_row(row["id"], row["name"], row["plan"] or NO_PLAN, f"{row['requests']:,}{limit}")
    tell(shown)
