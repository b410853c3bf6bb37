"""Incidents, what is muted of them, and what is known of the places that are watched.

Whoever watches looks, and keeps all that came of it in one change that begins with `keep_watch`: it refuses
the second of two that looked at once. People change what is theirs of an incident; neither overwrites the
other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from farthing.rules.kept_incident import KeptIncident, Mute, State, Watch
from farthing.rules.watching import Learnt


@dataclass(frozen=True)
class IncidentQuery:
    """Which incidents; None for any. `since` is the earliest last sight of one that is wanted.

    `before_id` is the last one of the page before.
    """

    state: State | None = None
    signal: str | None = None
    since: int | None = None
    before_id: int | None = None


class IncidentChanges(Protocol):
    """Changes of incidents."""

    async def keep_watch(self, after: Watch) -> Watch | None:
        """Keep `after` as the next version (0 before there is one); None when it was changed since."""
        ...

    async def add_incident(self, new: KeptIncident) -> KeptIncident:
        """Keep one (its `id` is ignored and given)."""
        ...

    async def update_incident(self, after: KeptIncident) -> None:
        """Keep what whoever watches has of it, and nothing of what is people's. Only after `keep_watch`."""
        ...

    async def mark_incident(self, after: KeptIncident) -> KeptIncident | None:
        """Keep what is people's of it, as its next version; None when people changed it since."""
        ...

    async def add_mute(self, new: Mute) -> Mute:
        """Keep one (its `id` is ignored and given)."""
        ...

    async def end_mute(self, workspace_id: int, mute_id: int, at: int) -> bool:
        """Let it hold no longer; False when the workspace has no such one that holds at `at`."""
        ...


class IncidentStore(Protocol):
    """What there is of them."""

    async def watch(self, workspace_id: int) -> Watch | None:
        """How the workspace is watched; None before it is."""
        ...

    async def learnt(self, workspace_id: int) -> list[Learnt]:
        """What is known of its places, in no order."""
        ...

    async def keep_learnt(self, workspace_id: int, learnt: Sequence[Learnt], forget_before: int) -> None:
        """Keep these in place of what was known of the same places; drop what was learnt before then."""
        ...

    async def incident(self, workspace_id: int, incident_id: int) -> KeptIncident | None:
        """One of a workspace."""
        ...

    async def incidents(self, workspace_id: int, query: IncidentQuery, limit: int) -> list[KeptIncident]:
        """Those of a workspace, the newest first."""
        ...

    async def lively_incidents(self, workspace_id: int, ended_after: int) -> list[KeptIncident]:
        """Those that go on, and those that ended after then, oldest first."""
        ...

    async def mutes(self, workspace_id: int, at: int) -> list[Mute]:
        """Those that hold at `at`, oldest first."""
        ...
