"""Incidents of a storage on SQL: each method as a transaction of its own, and over one transaction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

from farthing.rules.kept_incident import KeptIncident, Mute, Watch
from farthing.rules.watching import Learnt
from farthing.storage.contract.incidents import IncidentQuery
from farthing.storage.sql import incidents
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlIncidentStorage:
    """Keeps `storage.contract.IncidentStore`, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    @abstractmethod
    async def _write(self, work: Work[T]) -> T:
        """Run `work` in a transaction and commit it; on any error nothing of it remains."""

    async def watch(self, workspace_id: int) -> Watch | None:
        return await self._read(lambda tx: incidents.watch_of(tx, workspace_id))

    async def learnt(self, workspace_id: int) -> list[Learnt]:
        return await self._read(lambda tx: incidents.learnt(tx, workspace_id))

    async def keep_learnt(self, workspace_id: int, learnt: Sequence[Learnt], forget_before: int) -> None:
        await self._write(lambda tx: incidents.keep_learnt(tx, workspace_id, learnt, forget_before))

    async def incident(self, workspace_id: int, incident_id: int) -> KeptIncident | None:
        return await self._read(lambda tx: incidents.one(tx, workspace_id, incident_id))

    async def incidents(self, workspace_id: int, query: IncidentQuery, limit: int) -> list[KeptIncident]:
        return await self._read(lambda tx: incidents.newest(tx, workspace_id, query, limit))

    async def lively_incidents(self, workspace_id: int, ended_after: int) -> list[KeptIncident]:
        return await self._read(lambda tx: incidents.lively(tx, workspace_id, ended_after))

    async def mutes(self, workspace_id: int, at: int) -> list[Mute]:
        return await self._read(lambda tx: incidents.mutes(tx, workspace_id, at))


class SqlIncidentChanges:
    """Keeps `storage.contract.IncidentChanges`, where every method is described."""

    _tx: Transaction

    async def keep_watch(self, after: Watch) -> Watch | None:
        return await incidents.keep_watch(self._tx, after)

    async def add_incident(self, new: KeptIncident) -> KeptIncident:
        return await incidents.add(self._tx, new)

    async def update_incident(self, after: KeptIncident) -> None:
        await incidents.update_watched(self._tx, after)

    async def mark_incident(self, after: KeptIncident) -> KeptIncident | None:
        return await incidents.mark(self._tx, after)

    async def add_mute(self, new: Mute) -> Mute:
        return await incidents.add_mute(self._tx, new)

    async def end_mute(self, workspace_id: int, mute_id: int, at: int) -> bool:
        return await incidents.end_mute(self._tx, workspace_id, mute_id, at)
