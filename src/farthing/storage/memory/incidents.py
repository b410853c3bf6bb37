"""Incidents, mutes and watched places of the in-memory storage."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from msgspec.structs import replace

from farthing.rules.changes import Where
from farthing.rules.erasure import scrubbed
from farthing.rules.kept_incident import KeptIncident, Mute, Watch, renamed, renamed_place
from farthing.rules.watching import Learnt
from farthing.storage.contract.incidents import IncidentQuery
from farthing.storage.memory.openness import Openable

_PEOPLES = ("acknowledged_by", "acknowledged_at", "snoozed_until", "muted_until")


class MemoryIncidents(Openable):
    """Keeps `IncidentStore`, and `IncidentChanges` of a change."""

    def __init__(self) -> None:
        super().__init__()
        self._watches: dict[int, Watch] = {}
        self._learnt: dict[tuple[int, Where], Learnt] = {}
        self._incidents: dict[int, KeptIncident] = {}
        self._mutes: dict[int, Mute] = {}

    async def keep_watch(self, after: Watch) -> Watch | None:
        stored = self._watches.get(after.workspace_id)
        if after.version != (0 if stored is None else stored.version):
            return None
        self._watches[after.workspace_id] = replace(after, version=after.version + 1)
        return self._watches[after.workspace_id]

    async def add_incident(self, new: KeptIncident) -> KeptIncident:
        kept = replace(new, id=len(self._incidents) + 1)
        self._incidents[kept.id] = kept
        return kept

    async def update_incident(self, after: KeptIncident) -> None:
        stored = self._incidents[after.id]
        peoples = {name: getattr(stored, name) for name in (*_PEOPLES, "version")}
        self._incidents[after.id] = replace(after, **peoples)

    async def mark_incident(self, after: KeptIncident) -> KeptIncident | None:
        stored = await self.incident(after.workspace_id, after.id)
        if stored is None or stored.version != after.version:
            return None
        peoples = {name: getattr(after, name) for name in _PEOPLES}
        self._incidents[after.id] = replace(stored, **peoples, version=after.version + 1)
        return self._incidents[after.id]

    async def add_mute(self, new: Mute) -> Mute:
        kept = replace(new, id=len(self._mutes) + 1)
        self._mutes[kept.id] = kept
        return kept

    async def end_mute(self, workspace_id: int, mute_id: int, at: int) -> bool:
        stored = self._mutes.get(mute_id)
        if stored is None or stored.workspace_id != workspace_id or stored.until <= at:
            return False
        self._mutes[mute_id] = replace(stored, until=at)
        return True

    def erase_incidents(self, workspace_id: int, value: str, alias: str) -> None:
        """Put the alias in the place of an identity; forget its places."""
        rename = partial(scrubbed, value=value, alias=alias)
        for key, each in self._incidents.items():
            if each.workspace_id == workspace_id:
                self._incidents[key] = renamed(each, rename)
        for key, mute in self._mutes.items():
            if mute.workspace_id == workspace_id:
                self._mutes[key] = replace(mute, place=renamed_place(mute.place, rename))
        self._learnt = {
            key: each
            for key, each in self._learnt.items()
            if key[0] != workspace_id or renamed_place(each.place, rename) == each.place
        }

    async def watch(self, workspace_id: int) -> Watch | None:
        self.require_open()
        return self._watches.get(workspace_id)

    async def learnt(self, workspace_id: int) -> list[Learnt]:
        self.require_open()
        return [each for (owner, _), each in self._learnt.items() if owner == workspace_id]

    async def keep_learnt(self, workspace_id: int, learnt: Sequence[Learnt], forget_before: int) -> None:
        self.require_open()
        self._learnt |= {(workspace_id, each.place): each for each in learnt}
        self._learnt = {
            key: each
            for key, each in self._learnt.items()
            if key[0] != workspace_id or each.learnt_at >= forget_before
        }

    async def incident(self, workspace_id: int, incident_id: int) -> KeptIncident | None:
        self.require_open()
        found = self._incidents.get(incident_id)
        return None if found is None or found.workspace_id != workspace_id else found

    async def incidents(self, workspace_id: int, query: IncidentQuery, limit: int) -> list[KeptIncident]:
        self.require_open()
        mine = [each for each in self._incidents.values() if each.workspace_id == workspace_id]
        return [each for each in reversed(mine) if _passes(each, query)][:limit]

    async def lively_incidents(self, workspace_id: int, ended_after: int) -> list[KeptIncident]:
        self.require_open()
        return [
            each
            for each in self._incidents.values()
            if each.workspace_id == workspace_id
            and (each.what.ended_at is None or each.what.ended_at > ended_after)
        ]

    async def mutes(self, workspace_id: int, at: int) -> list[Mute]:
        self.require_open()
        return [
            each for each in self._mutes.values() if each.workspace_id == workspace_id and each.until > at
        ]


def _passes(incident: KeptIncident, query: IncidentQuery) -> bool:
    return (
        query.state in (None, incident.state)
        and query.signal in (None, incident.signal)
        and (query.since is None or incident.what.last_at >= query.since)
        and (query.before_id is None or incident.id < query.before_id)
    )
