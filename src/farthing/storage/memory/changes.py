"""Changes and the audit log of the in-memory storage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Coroutine
from copy import copy
from typing import Any, TypeVar

from farthing.rules.audit import Entry, NewEntry, entered
from farthing.storage.contract import AuditQuery
from farthing.storage.memory.openness import Openable

T = TypeVar("T")
_COPIED = (dict, list, set)


class MemoryChanges(Openable):
    """Keeps `Changing` and `AuditReader`; what can be changed are methods of the other rooms."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: dict[int, tuple[Entry, ...]] = defaultdict(tuple)

    async def change(self, work: Callable[[Any], Coroutine[None, None, T]]) -> T:
        self.require_open()
        before = {name: copy(value) for name, value in vars(self).items() if isinstance(value, _COPIED)}
        try:
            return await work(self)
        except BaseException:
            vars(self).update(before)
            raise

    async def enter(self, new: NewEntry) -> Entry:
        mine = self._entries[new.workspace_id]
        entry = entered(new, mine[-1] if mine else None)
        self._entries[new.workspace_id] = (*mine, entry)
        return entry

    async def audit_entries(self, workspace_id: int, query: AuditQuery, limit: int) -> list[Entry]:
        self.require_open()
        return [entry for entry in reversed(self._entries[workspace_id]) if _passes(entry, query)][:limit]

    async def audit_heads(self) -> list[Entry]:
        self.require_open()
        return [entries[-1] for _, entries in sorted(self._entries.items()) if entries]

    async def audit_chain(self, workspace_id: int, after_seq: int, limit: int) -> list[Entry]:
        self.require_open()
        return list(self._entries[workspace_id][after_seq : after_seq + limit])


def _passes(entry: Entry, query: AuditQuery) -> bool:
    nouns = (None, entry.action, entry.action.partition(".")[0])
    return (
        query.actor in (None, entry.actor)
        and query.action in nouns
        and query.target in (None, entry.target)
        and (query.start is None or entry.occurred_at >= query.start)
        and (query.end is None or entry.occurred_at < query.end)
        and (query.before_seq is None or entry.seq < query.before_seq)
    )
