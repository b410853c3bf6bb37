"""Re-pricings of the in-memory storage: events changed where they are, and what they were kept beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from farthing.rules.events import UsageEvent
from farthing.rules.job import Job
from farthing.rules.repricing import Change, Repricing
from farthing.storage.contract import StoredEvent
from farthing.storage.memory.events import MemoryEvents
from farthing.storage.memory.jobs import Versions


class MemoryRepricings(MemoryEvents):
    """Keeps `JobStore` and `RepricingStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._jobs: Versions[Job] = Versions()
        self._repricings: Versions[Repricing] = Versions()
        self._before: dict[int, dict[int, UsageEvent]] = defaultdict(dict)
        self._corrected: dict[int, frozenset[int]] = defaultdict(frozenset)

    async def add_job(self, job: Job) -> Job:
        self.require_open()
        return self._jobs.add(job)

    async def job(self, workspace_id: int, job_id: int) -> Job | None:
        self.require_open()
        return self._jobs.one(workspace_id, job_id)

    async def jobs_of(self, workspace_id: int, kind: str, limit: int) -> list[Job]:
        self.require_open()
        found = [job for job in self._jobs.all() if (job.workspace_id, job.kind) == (workspace_id, kind)]
        return sorted(found, key=lambda job: -job.id)[:limit]

    async def jobs(self, workspace_id: int, limit: int) -> list[Job]:
        self.require_open()
        return self._jobs.newest(workspace_id, limit)

    async def unfinished_jobs(self) -> list[Job]:
        self.require_open()
        return [job for job in self._jobs.all() if not job.is_ended]

    async def change_job(self, after: Job) -> Job | None:
        self.require_open()
        return self._jobs.change(after)

    async def add_repricing(self, new: Repricing) -> Repricing:
        self.require_open()
        return self._repricings.add(new)

    async def repricing(self, workspace_id: int, repricing_id: int) -> Repricing | None:
        self.require_open()
        return self._repricings.one(workspace_id, repricing_id)

    async def repricings(self, workspace_id: int, limit: int) -> list[Repricing]:
        self.require_open()
        return self._repricings.newest(workspace_id, limit)

    async def repricings_in(self, workspace_id: int, states: Collection[str]) -> list[Repricing]:
        self.require_open()
        every = reversed(self._repricings.all())
        return [each for each in every if each.workspace_id == workspace_id and each.state in states]

    async def change_repricing(self, after: Repricing) -> Repricing | None:
        self.require_open()
        return self._repricings.change(after)

    async def reprice(
        self,
        before: Repricing,
        cursor: tuple[int, int],
        changes: Sequence[Change],
        now: int,
    ) -> Repricing | None:
        self.require_open()
        there = {
            stored.request_id: stored.event
            for stored in self._stored.values()
            if stored.event.workspace_id == before.workspace_id
        }
        applied = replace(before.applied)
        new: dict[int, UsageEvent] = {}
        for change in changes:
            old = there.get(change.request_id)
            if old is not None and old == change.before and old != change.after:
                applied.add_changed(old, change.after)
                new[change.request_id] = change.after
        after = self._repricings.change(replace(before, cursor=cursor, applied=applied))
        if after is not None:
            for request_id, event in new.items():
                self._before[before.id].setdefault(request_id, there[request_id])
                self._replace(request_id, event)
        return after

    async def revert(
        self,
        before: Repricing,
        event_count_max: int,
        now: int,
    ) -> Repricing | None:
        self.require_open()
        kept = self._before[before.id]
        next_ids = sorted(kept, reverse=True)[:event_count_max]
        if not next_ids:
            return before
        corrected = self._corrected[before.id]
        after = self._repricings.change(
            replace(
                before,
                reverted_count=before.reverted_count + len(next_ids),
                passed_over_count=before.passed_over_count + len(corrected.intersection(next_ids)),
            )
        )
        if after is not None:
            there = {stored.request_id for stored in self._stored.values()} - corrected
            for request_id in next_ids:
                old = kept.pop(request_id)
                if request_id in there:
                    self._replace(request_id, old)
        return after

    def _pass_over(self, workspace_id: int, request_id: int) -> None:
        """A call was corrected: re-pricings that changed it leave it as it is when they are reverted."""
        for each in self._repricings.all():
            if each.workspace_id == workspace_id and request_id in self._before.get(each.id, {}):
                self._corrected[each.id] = self._corrected[each.id] | {request_id}

    def _replace(self, request_id: int, event: UsageEvent) -> None:
        self._stored[event.workspace_id, event.external_request_id] = StoredEvent(request_id, event)
