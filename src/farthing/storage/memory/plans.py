"""The plans of the in-memory storage's workspaces."""

from __future__ import annotations

from farthing.rules.utc_months import Month
from farthing.storage.contract import WorkspacePlan
from farthing.storage.memory.accounts import MemoryAccounts
from farthing.storage.memory.events import MemoryEvents


class MemoryPlans(MemoryAccounts, MemoryEvents):
    """Keeps `PlanStore` of the storage contract; events know their counts."""

    def __init__(self) -> None:
        super().__init__()
        self._plans: dict[int, str] = {}

    async def workspace_plans(self, month: Month) -> list[WorkspacePlan]:
        self.require_open()
        known = self._workspaces
        return [
            WorkspacePlan(known[key], self._plans.get(key), await self.request_count(key, month))
            for key in sorted(known)
        ]

    async def plan_uses(self, month: Month) -> dict[int, tuple[str, int]]:
        self.require_open()
        return {key: (tier, await self.request_count(key, month)) for key, tier in self._plans.items()}

    async def set_plan(self, workspace_id: int, tier: str | None) -> bool:
        self.require_open()
        if await self.workspace(workspace_id) is None:
            return False
        self._plans.pop(workspace_id, None)
        if tier is not None:
            self._plans[workspace_id] = tier
        return True
