"""Corrected calls of the in-memory storage."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from farthing.rules.correction import Correction, StoredCall
from farthing.rules.events import UsageEvent
from farthing.storage.contract import SpentId, StoredEvent
from farthing.storage.memory.changes import MemoryChanges
from farthing.storage.memory.repricings import MemoryRepricings

T = TypeVar("T")


class MemoryCorrections(MemoryRepricings, MemoryChanges):
    """Keeps `CorrectionStore` and `CallChanges` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._voided: dict[tuple[int, int], UsageEvent] = {}
        self._corrections: dict[tuple[int, int], tuple[Correction, ...]] = {}

    async def change_calls(self, work: Callable[[Any], Coroutine[None, None, T]]) -> T:
        return await self.change(work)

    async def correct_call(self, correction: Correction, after: UsageEvent) -> bool:
        place = correction.workspace_id, correction.request_id
        found = self._call(*place)
        if found is None or (found.version, found.event) != (correction.version, correction.before):
            return False
        if found.is_voided != (correction.kind == "restored"):
            return False
        identity = after.workspace_id, after.external_request_id
        if correction.kind == "voided":
            self._voided[place] = self._stored.pop(identity).event
            self._spent[identity] = SpentId(after.external_request_id, correction.request_id)
        else:
            self._voided.pop(place, None)
            spent = self._spent.get(identity)
            if correction.kind == "restored" and spent and spent.request_id == correction.request_id:
                del self._spent[identity]
            self._stored[identity] = StoredEvent(correction.request_id, after)
        self._corrections[place] = (*self._corrections.get(place, ()), correction)
        self._pass_over(*place)
        return True

    async def call(self, workspace_id: int, request_id: int) -> StoredCall | None:
        self.require_open()
        return self._call(workspace_id, request_id)

    async def call_by_external_id(self, workspace_id: int, external_request_id: str) -> StoredCall | None:
        self.require_open()
        stored = self._stored.get((workspace_id, external_request_id))
        spent = self._spent.get((workspace_id, external_request_id))
        if stored is not None:
            return self._call(workspace_id, stored.request_id)
        return None if spent is None else self._call(workspace_id, spent.request_id)

    async def call_history(self, workspace_id: int, request_id: int) -> list[Correction]:
        self.require_open()
        return list(self._corrections.get((workspace_id, request_id), ()))

    async def voided_calls(self, workspace_id: int, limit: int, below: int | None) -> list[StoredCall]:
        self.require_open()
        mine = sorted((key for key in self._voided if key[0] == workspace_id), reverse=True)
        calls = [self._call(*key) for key in mine if below is None or key[1] < below]
        return [call for call in calls if call is not None][:limit]

    def _call(self, workspace_id: int, request_id: int) -> StoredCall | None:
        place = workspace_id, request_id
        events = [
            stored.event
            for stored in self._stored.values()
            if (stored.event.workspace_id, stored.request_id) == place
        ]
        event = events[0] if events else self._voided.get(place)
        if event is None or not self._is_there(event):
            return None
        corrections = self._corrections.get(place, ())
        return StoredCall(
            request_id=request_id,
            event=event,
            version=len(corrections) + 1,
            corrected_at=max((each.at for each in corrections), default=None),
            is_voided=not events,
        )
