"""Which plan a workspace has and how it stands in it, as one process knows: in memory, at most a second old.

What is exact is the storage, which counts and limits where it stores. This memory says what to tell a sender,
and that there is no use in reading what a paused workspace sends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from farthing.actions.repeating import Repeating
from farthing.clock import Clock
from farthing.rules.plans import SELF_HOSTED, Plan, PlanUse
from farthing.rules.utc_months import Month, month_of
from farthing.storage.contract import Limits, PlanStore

log = structlog.get_logger(__name__)

_REFRESH_SECONDS: Final = 1.0


class Standing:
    """A workspace with a plan: the requests that the newest month known of has had at least."""

    def __init__(self, workspace_id: int, plan: Plan) -> None:
        self.workspace_id = workspace_id
        self.plan = plan
        self._month: Month = 0
        self._request_count = 0

    def saw(self, month: Month, request_count: int) -> None:
        """Take over a count. Counts only grow: a lower one of the same month is merely older."""
        was_reached = self._month == month and self._is_reached()
        if month == self._month:
            self._request_count = max(self._request_count, request_count)
        elif month > self._month:
            self._month, self._request_count = month, request_count
        if self._month == month and self._is_reached() and not was_reached:
            log.warning(
                "a plan's requests are used up, its workspace is paused",
                workspace_id=self.workspace_id,
                plan=self.plan.tier,
                request_limit_per_month=self.plan.request_limit_per_month,
            )

    def use(self, now: int) -> PlanUse:
        """How the plan is used in the month of `now`."""
        is_known = month_of(now) == self._month
        return PlanUse(self.plan, self._request_count if is_known else 0)

    def is_paused(self, now: int) -> bool:
        """Whether the month of `now` is known to have nothing left."""
        return self._is_reached() and month_of(now) == self._month

    def _is_reached(self) -> bool:
        limit = self.plan.request_limit_per_month
        return limit is not None and self._request_count >= limit


class PlanDesk:
    """Plans by workspace, of one process. What others change is known in a second.

    `plans` are those of the settings, by tier.
    """

    def __init__(self, plans: Mapping[str, Plan], store: PlanStore, clock: Clock) -> None:
        self._plans = plans
        self._store = store
        self._clock = clock
        self._standings: dict[int, Standing] = {}
        self._limits: Limits = {}
        self._missing: frozenset[tuple[int, str]] = frozenset()
        self._turn = asyncio.Lock()
        self._watching = Repeating("plan-desk", _REFRESH_SECONDS, self.refresh)

    def standing(self, workspace_id: int) -> Standing | None:
        """How a workspace stands; None for one without a plan, which has no limit."""
        return self._standings.get(workspace_id)

    def limits(self) -> Limits:
        """The requests a month of the workspaces that have a limit."""
        return self._limits

    def plan(self, tier: str | None) -> Plan:
        """The plan of a tier. Without one, or when the settings do not define it, nothing is limited."""
        return self._plans.get(tier, SELF_HOSTED) if tier is not None else SELF_HOSTED

    def tiers(self) -> list[str]:
        """The plans there are, in the order of the settings."""
        return list(self._plans)

    async def refresh(self) -> None:
        """Take over what the storage says. One at a time: none brings back an older state."""
        async with self._turn:
            month = month_of(self._clock.now())
            uses = await self._store.plan_uses(month)
            self._warn({(key, tier) for key, (tier, _) in uses.items() if tier not in self._plans})
            self._standings = {
                key: self._renewed(key, self._plans[tier], month, request_count)
                for key, (tier, request_count) in uses.items()
                if tier in self._plans
            }
            self._limits = {
                key: limit
                for key, standing in self._standings.items()
                if (limit := standing.plan.request_limit_per_month) is not None
            }

    def _renewed(self, workspace_id: int, plan: Plan, month: Month, request_count: int) -> Standing:
        """The same standing as before where there is one: a request under way holds on to it."""
        standing = self._standings.get(workspace_id) or Standing(workspace_id, plan)
        standing.plan = plan
        standing.saw(month, request_count)
        return standing

    def _warn(self, missing: set[tuple[int, str]]) -> None:
        for workspace_id, tier in sorted(missing - self._missing):
            log.warning(
                "the settings have no such plan, its workspace has no limit",
                workspace_id=workspace_id,
                plan=tier,
                defined=", ".join(self._plans) or "none",
            )
        self._missing = frozenset(missing)

    async def start(self) -> None:
        """Read all plans, then watch for changes. Called once the storage is open."""
        await self.refresh()
        if not self._plans:  # nothing that changes could limit anybody
            return
        self._watching.start()

    async def stop(self) -> None:
        """Watch no more."""
        await self._watching.stop()
