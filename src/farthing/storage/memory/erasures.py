"""Erasures of the in-memory storage: all texts of all events it holds."""

from __future__ import annotations

from msgspec.structs import replace

from farthing.rules.erasure import FIELD_OF, FREE_FIELDS, Erasure, scrubbed, scrubbed_event
from farthing.rules.events import UsageEvent
from farthing.storage.contract import SpentId, StoredEvent
from farthing.storage.memory.incidents import MemoryIncidents
from farthing.storage.memory.jobs import Versions
from farthing.storage.memory.retention import MemoryRetention

_NAMES = tuple(name for name in FREE_FIELDS if name not in ("extra", "external_request_id"))


class MemoryErasures(MemoryIncidents, MemoryRetention):
    """Keeps `ErasureStore` of the storage contract."""

    def __init__(self) -> None:
        super().__init__()
        self._erasures: Versions[Erasure] = Versions()

    async def add_erasure(self, new: Erasure) -> Erasure:
        self.require_open()
        return self._erasures.add(new)

    async def erasure(self, workspace_id: int, erasure_id: int) -> Erasure | None:
        self.require_open()
        return self._erasures.one(workspace_id, erasure_id)

    async def erasures(self, workspace_id: int, limit: int) -> list[Erasure]:
        self.require_open()
        newest_first = reversed(self._erasures.all())
        return [each for each in newest_first if each.workspace_id == workspace_id][:limit]

    async def change_erasure(self, after: Erasure) -> Erasure | None:
        self.require_open()
        return self._erasures.change(after)

    async def erase_names(self, before: Erasure) -> Erasure | None:
        self.require_open()
        self._require_no_hold(before.workspace_id)
        if before.refs is not None:
            return before
        after = self._erasures.change(replace(before, refs=(), last_request_id=self._last_request_id))
        if after is None:
            return None
        self.erase_incidents(before.workspace_id, before.value or "", before.alias)
        named: set[tuple[str, str]] = set()
        for held in (self._stored, self._summed):
            for identity, stored in list(held.items()):
                event = scrubbed_event(stored.event, before)
                changed = {name for name in _NAMES if getattr(event, name) != getattr(stored.event, name)}
                named |= {(name, str(getattr(stored.event, name))) for name in changed}
                if identity[0] == before.workspace_id and changed:
                    kept = {"extra": stored.event.extra, "external_request_id": identity[1]}
                    held[identity] = StoredEvent(stored.request_id, replace(event, **kept))
        return self._erasures.change(replace(after, counts=replace(after.counts, names=len(named))))

    async def erase_requests(self, before: Erasure, request_count_max: int) -> Erasure | None:
        self.require_open()
        self._require_no_hold(before.workspace_id)
        last = min(before.cursor + request_count_max, before.last_request_id)
        after = self._erasures.change(replace(before, cursor=last))
        if after is None:
            return None
        counts = replace(before.counts)
        for identity, stored in list(self._stored.items()):
            if identity[0] != before.workspace_id or not before.cursor < stored.request_id <= last:
                continue
            event = self._scrubbed(stored.event, before)
            if event != stored.event:
                counts.requests += 1
                del self._stored[identity]
                self._stored[identity[0], event.external_request_id] = StoredEvent(stored.request_id, event)
            if event.external_request_id != identity[1]:
                counts.request_ids += 1
                self._spent[identity] = SpentId(identity[1], stored.request_id)
        self._erase_versions(before, last)
        return self._erasures.change(replace(after, counts=counts))

    def _scrubbed(self, event: UsageEvent, erasure: Erasure) -> UsageEvent:
        """Its extra and id; what it belongs to has its alias by now, and tells whose it was."""
        own = FIELD_OF[erasure.kind]
        is_own = getattr(event, own) == erasure.alias
        whole = replace(event, **{own: erasure.value}) if is_own else event
        scrubbed_one = scrubbed_event(whole, erasure)
        kept = {name: getattr(event, name) for name in _NAMES}
        return replace(scrubbed_one, **kept)

    def _erase_versions(self, erasure: Erasure, last: int) -> None:
        for place, event in list(self._voided.items()):
            if place[0] == erasure.workspace_id and place[1] <= last:
                self._voided[place] = scrubbed_event(event, erasure)
        value = erasure.value or ""
        for place, corrections in list(self._corrections.items()):
            if place[0] == erasure.workspace_id and place[1] <= last:
                self._corrections[place] = tuple(
                    replace(
                        each,
                        before=scrubbed_event(each.before, erasure),
                        reason=scrubbed(each.reason, value, erasure.alias),
                    )
                    for each in corrections
                )

    async def clean_files(self, text: str | None) -> int | None:
        self.require_open()
        return None
