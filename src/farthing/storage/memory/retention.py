"""Retention of the in-memory storage: what is removed as a row is kept aside for the sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from farthing.rules.periods import QUARTER_MS, local_date
from farthing.rules.retention import (
    Days,
    Kept,
    LegalHold,
    Retention,
    moved,
)
from farthing.storage.contract import SPENT_MS, HeldError, Removed, SpentId, StoredEvent
from farthing.storage.memory.accounts import MemoryAccounts
from farthing.storage.memory.corrections import MemoryCorrections


class MemoryRetention(MemoryAccounts, MemoryCorrections):
    """Keeps `RetentionStore` and `RetentionChanges` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._holds: dict[int, LegalHold] = {}
        self._removed_by_job: dict[tuple[int, str, int], tuple[int, int]] = {}

    async def legal_hold(self, workspace_id: int) -> LegalHold | None:
        self.require_open()
        return self._holds.get(workspace_id)

    async def put_hold(self, workspace_id: int, hold: LegalHold) -> bool:
        return self._holds.setdefault(workspace_id, hold) is hold

    async def lift_hold(self, workspace_id: int) -> bool:
        return self._holds.pop(workspace_id, None) is not None

    async def set_retention(self, workspace_id: int, days: Mapping[str, Days]) -> None:
        found = await self.retention(workspace_id)
        for mode, each in days.items():
            self._retention[workspace_id, mode] = replace(found[mode], days=each)

    async def raw_starts(self) -> dict[tuple[int, str], int]:
        self.require_open()
        starts = {place: each.kept.raw_from for place, each in self._retention.items()}
        return {place: start for place, start in starts.items() if start}

    async def advance_retention(self, workspace_id: int, to: Mapping[str, Kept]) -> Retention:
        self.require_open()
        self._require_no_hold(workspace_id)
        found = await self.retention(workspace_id)
        for mode, target in to.items():
            kept = moved(found[mode].kept, target)
            if kept != found[mode].kept:
                self._retention[workspace_id, mode] = replace(found[mode], kept=kept)
        return await self.retention(workspace_id)

    async def remove_rows(self, workspace_id: int, job_id: int, row_count_max: int, now: int) -> int:
        self.require_open()
        gone = [
            stored
            for stored in self._stored.values()
            if stored.event.workspace_id == workspace_id and not self._is_there(stored.event)
        ][:row_count_max]
        if not gone:
            self._forget_corrected(workspace_id)
            return -1
        self._require_no_hold(workspace_id)
        for stored in gone:
            key = workspace_id, stored.event.external_request_id
            self._summed[key] = self._stored.pop(key)
            self._count(job_id, stored, (1, 0))
            for before in self._before.values():
                before.pop(stored.request_id, None)
            free_at = stored.event.received_at + SPENT_MS
            if free_at > now:
                self._spent[key] = SpentId(key[1], stored.request_id, free_at)
        return len(gone)

    def _forget_corrected(self, workspace_id: int) -> None:
        """Voided calls and what corrected ones were go with the others of their time."""
        old = {key for key, event in self._voided.items() if not self._is_there(event)}
        old |= {key for key, each in self._corrections.items() if not self._is_there(each[-1].before)}
        for key in old:
            if key[0] == workspace_id:
                self._voided.pop(key, None)
                self._corrections.pop(key, None)

    async def remove_cells(self, workspace_id: int, job_id: int, cell_count_max: int) -> int:
        """The events of a quarter of a data mode count as a cell here."""
        self.require_open()
        self._require_no_hold(workspace_id)
        cells: dict[tuple[str, int], list[StoredEvent]] = {}
        for stored in self._summed.values():
            event = stored.event
            start = self._kept(event).summary_from
            if event.workspace_id == workspace_id and event.occurred_at < start:
                cells.setdefault((event.data_mode, event.occurred_at // QUARTER_MS), []).append(stored)
        chosen = list(cells.values())[:cell_count_max]
        for gone in chosen:
            self._count(job_id, gone[0], (0, 1))
            for stored in gone:
                del self._summed[workspace_id, stored.event.external_request_id]
        return len(chosen)

    async def unfinished_retentions(self) -> set[int]:
        self.require_open()
        events = (stored.event for stored in self._stored.values())
        return {event.workspace_id for event in events if not self._is_there(event)}

    async def give_back(self, page_count_max: int) -> int:
        self.require_open()
        return 0

    async def compact(self) -> None:
        self.require_open()

    async def database_bytes(self) -> int:
        self.require_open()
        return 0

    async def removed(self, workspace_id: int, job_id: int) -> list[Removed]:
        self.require_open()
        mine = sorted((key, counts) for key, counts in self._removed_by_job.items() if key[0] == job_id)
        return [Removed(mode, month, *counts) for (_, mode, month), counts in mine]

    def _count(self, job_id: int, stored: StoredEvent, more: tuple[int, int]) -> None:
        event = stored.event
        zone = ZoneInfo(self._workspaces[event.workspace_id].timezone)
        day = local_date(event.occurred_at, zone)
        key = job_id, event.data_mode, day.year * 12 + day.month - 1
        rows, cells = self._removed_by_job.get(key, (0, 0))
        self._removed_by_job[key] = rows + more[0], cells + more[1]

    def _require_no_hold(self, workspace_id: int) -> None:
        held = self._holds.get(workspace_id)
        if held is not None:
            raise HeldError(f"a legal hold is on ({held.reason}): nothing of this workspace may be removed")
