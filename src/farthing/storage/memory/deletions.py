"""Deletions of the in-memory storage: events leave the list, and the record says so."""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from farthing.rules.deletion import (
    DELETABLE_MODES,
    NOTHING_LEFT,
    Deletion,
    Doomed,
    RealMoney,
    with_counts,
)
from farthing.rules.events import UsageEvent
from farthing.rules.money import usd_text
from farthing.storage.contract import StoredEvent
from farthing.storage.memory.jobs import Versions
from farthing.storage.memory.retention import MemoryRetention


class MemoryDeletions(MemoryRetention):
    """Keeps `DeletionStore`, and `Ledger.delete`."""

    def __init__(self) -> None:
        super().__init__()
        self._deletions: Versions[Deletion] = Versions()

    async def delete(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        self.require_open()
        self._require_no_hold(workspace_id)
        every = _every(workspace_id, data_mode, owner_id)
        doomed = self._events_of(every)
        self._remove_events(doomed)
        self._forget(every)
        return len(doomed)

    async def add_deletion(self, new: Deletion) -> Deletion:
        self.require_open()
        return self._deletions.add(replace(new, last_id=self._last_request_id))

    async def change_deletion(self, after: Deletion) -> Deletion | None:
        self.require_open()
        return self._deletions.change(after)

    async def deletion(self, workspace_id: int, deletion_id: int) -> Deletion | None:
        self.require_open()
        return self._deletions.one(workspace_id, deletion_id)

    async def deletions(self, workspace_id: int, limit: int, created_by: int | None = None) -> list[Deletion]:
        self.require_open()
        found = self._deletions.newest(workspace_id, len(self._deletions))
        return [each for each in found if created_by in (None, each.created_by)][:limit]

    async def go_on_deleting(self, before: Deletion, event_count_max: int) -> Deletion | None:
        self.require_open()
        if before.cursor == NOTHING_LEFT:
            return before
        self._require_no_hold(before.workspace_id)
        doomed = self._events_of(before.doomed)
        gone = doomed[:event_count_max]
        counts = Counter((stored.event.environment, stored.event.occurred_at) for stored in gone)
        cursor = NOTHING_LEFT if gone == doomed else gone[-1].event.occurred_at
        deleted = with_counts(before.deleted, counts)
        after = self._deletions.change(replace(before, cursor=cursor, deleted=deleted))
        if after is not None:
            self._remove_events(gone)
            if cursor == NOTHING_LEFT:
                self._forget(before.doomed)
        return after

    async def real_money(self, workspace_id: int, last_id: int) -> RealMoney:
        self.require_open()
        real = [
            stored.event
            for stored in (*self._stored.values(), *self._summed.values())
            if (stored.event.workspace_id, stored.event.data_mode) == (workspace_id, "real")
            and stored.request_id <= last_id
            and stored.event.occurred_at >= self._kept(stored.event).summary_from
        ]
        return RealMoney(
            request_count=len(real),
            unpriced_request_count=sum(event.pricing_status != "priced" for event in real),
            cost_usd=usd_text(sum(event.cost_picousd or 0 for event in real)),
        )

    async def deletable_count(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        self.require_open()
        return len(self._events_of(_every(workspace_id, data_mode, owner_id)))

    def _events_of(self, doomed: Doomed) -> list[StoredEvent]:
        """In the order of their times."""
        found = [
            stored for stored in self._stored.values() if _is_doomed(doomed, stored.request_id, stored.event)
        ]
        return sorted(found, key=lambda stored: stored.event.occurred_at)

    def _forget(self, doomed: Doomed) -> None:
        """Earlier versions, calls that were voided, whose ids are free again, and calls only sums tell of.

        Sums do not know whose a call was: those of one person alone stay.
        """
        if doomed.owner_id is None:
            for key, stored in list(self._summed.items()):
                if _is_doomed(doomed, stored.request_id, stored.event):
                    del self._summed[key]
        for place, event in list(self._voided.items()):
            if _is_doomed(doomed, place[1], event):
                del self._voided[place]
                self._spent.pop((event.workspace_id, event.external_request_id), None)
        there = {stored.request_id for stored in self._stored.values()}
        for place, corrections in list(self._corrections.items()):
            kept = [each for each in corrections if not _is_doomed(doomed, place[1], each.before)]
            if place[1] not in there:
                self._corrections[place] = tuple(kept)

    def _remove_events(self, gone: list[StoredEvent]) -> None:
        for stored in gone:
            del self._stored[stored.event.workspace_id, stored.event.external_request_id]


def _every(workspace_id: int, data_mode: str, owner_id: int | None) -> Doomed:
    """Raises ValueError for real events."""
    if data_mode not in DELETABLE_MODES:
        raise ValueError(f"{data_mode!r} events can't be deleted, only test and demo events")
    return Doomed(workspace_id=workspace_id, data_mode=data_mode, owner_id=owner_id, last_id=NOTHING_LEFT)


def _is_doomed(doomed: Doomed, request_id: int, event: UsageEvent) -> bool:
    return (
        (event.workspace_id, event.data_mode) == (doomed.workspace_id, doomed.data_mode)
        and doomed.owner_id in (None, event.owner_id)
        and request_id <= doomed.last_id
    )
