"""Which plan a workspace has, by its tier."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Executable, Text, bindparam, func, select, update

from farthing.rules.utc_months import Month
from farthing.storage.contract import Workspace, WorkspacePlan
from farthing.storage.sql.cells import integer, number
from farthing.storage.sql.schema import request_month, workspace
from farthing.storage.sql.tenancy import across_workspaces
from farthing.storage.sql.transaction import Transaction

_WORKSPACE = tuple(workspace.c[name] for name in ("id", "public_id", "name", "timezone", "created_at"))


async def every(tx: Transaction, month: Month) -> list[WorkspacePlan]:
    """All workspaces with their plans and the requests of a month, oldest first."""
    rows = await tx.fetch(_every(), {"counted_month": month})
    return [WorkspacePlan(Workspace(*place), tier, int(count)) for *place, tier, count in rows]


async def uses(tx: Transaction, month: Month) -> dict[int, tuple[str, int]]:
    """Tier and requests of those that have a plan."""
    rows = await tx.fetch(_uses(), {"counted_month": month})
    return {int(workspace_id): (tier, int(count)) for workspace_id, tier, count in rows}


async def assign(tx: Transaction, workspace_id: int, tier: str | None) -> bool:
    """Give a workspace a plan, or none."""
    return bool(await tx.execute(_assign(), {"workspace_key": workspace_id, "tier": tier}))


def _with_counts(*columns: Any) -> Any:
    of_month = (request_month.c.workspace_id == workspace.c.id) & (
        request_month.c.month == integer("counted_month")
    )
    count = func.coalesce(request_month.c.request_count, number(0))
    joined = workspace.outerjoin(request_month, of_month)
    found = select(*columns, workspace.c.plan, count).select_from(joined)
    return across_workspaces(found, "the operator and every server look at the plans of all")


@cache
def _every() -> Executable:
    return _with_counts(*_WORKSPACE).order_by(workspace.c.id)  # type: ignore[no-any-return]


@cache
def _uses() -> Executable:
    return _with_counts(workspace.c.id).where(workspace.c.plan.is_not(None))  # type: ignore[no-any-return]


@cache
def _assign() -> Executable:
    row = workspace.c
    tier = {"plan": bindparam("tier", type_=Text())}
    return update(workspace).where(row.id == integer("workspace_key")).values(tier)
