"""Plans of workspaces, what they count, and the token buckets of rate limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from farthing.rules.utc_months import Month
from farthing.storage.contract.accounts import Workspace


@dataclass(frozen=True)
class WorkspacePlan:
    """A workspace, the tier of the plan it was given, and how many requests it has had in a month."""

    workspace: Workspace
    tier: str | None
    request_count: int


class PlanStore(Protocol):
    """Which plans workspaces have, and what plans count."""

    async def workspace_plans(self, month: Month) -> list[WorkspacePlan]:
        """All workspaces, oldest first."""
        ...

    async def plan_uses(self, month: Month) -> dict[int, tuple[str, int]]:
        """Of each workspace that has a plan: its tier, and the requests of the month."""
        ...

    async def request_count(self, workspace_id: int, month: Month) -> int:
        """The requests of a workspace in a month."""
        ...


@runtime_checkable
class SharedBuckets(Protocol):
    """Token buckets (rules.rate_limit) of a database that several servers work on. Others have none."""

    async def settle_buckets(self, taken_ns: Mapping[int, int]) -> dict[int, int]:
        """Take from the buckets of these keys; returns how long each now needs to be full, in ns."""
        ...
