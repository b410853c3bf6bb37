"""Watch a world with the product's own code: learn what is due, look every quarter hour, explain what opens.

Only the storage between is left out: what is learnt and which incidents there are is kept in memory.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from farthing.actions.incidents.evaluate import evaluate
from farthing.actions.incidents.learning import FORGET_MS, due
from farthing.actions.incidents.learning_process import Order, learn_all
from farthing.rules.anomalies import QUARTERS
from farthing.rules.changes import Where
from farthing.rules.incidents import AGAIN_MS, QUIET_MS
from farthing.rules.kept_incident import KeptIncident
from farthing.rules.periods import QUARTER_MS
from farthing.rules.watching import Learnt
from tools.synthetic.evidence import WorldEvidence
from tools.synthetic.worlds import HISTORY_HOURS, PLAY_AT, World

_WORKSPACE_ID = 1


@dataclass(frozen=True)
class Told:
    """An incident when it opened, with its explanation; `hour` is that of the world's plants."""

    incident: KeptIncident
    hour: float


class Watcher:
    """Keeps what a workspace has learnt, and its incidents."""

    def __init__(self, world: World) -> None:
        self._evidence = WorldEvidence(world)
        self._learnt: dict[Where, Learnt] = {}
        self._incidents: dict[object, KeptIncident] = {}

    def watch(self, first: int, last: int) -> list[Told]:
        """Look at the end of each quarter hour of the play from `first` (at least QUARTERS) to `last`."""
        if first < QUARTERS:
            raise ValueError(f"a look takes {QUARTERS} quarter hours; {first} have passed")
        return asyncio.run(self._watch(first, last))

    async def _watch(self, first: int, last: int) -> list[Told]:
        told = []
        for now in range(first, last):
            opened = await self._look(PLAY_AT + now * QUARTER_MS)
            told += [Told(each, HISTORY_HOURS + now / 4) for each in opened]
        return told

    async def _look(self, at: int) -> list[KeptIncident]:
        await self._learn(at)
        ended_after = at - AGAIN_MS - QUIET_MS
        lively = [each for each in self._incidents.values() if _is_lively(each, ended_after)]
        looked = await evaluate(self._evidence, _WORKSPACE_ID, list(self._learnt.values()), lively, at)
        self._incidents = {each.what.key: each for each in (*lively, *looked.changed, *looked.opened)}
        return looked.opened

    async def _learn(self, at: int) -> None:
        places = await self._evidence.biggest(at)
        wanted = due(places, list(self._learnt.values()), at)
        if wanted:
            fresh = learn_all(Order(*await self._evidence.histories(wanted, at), at))
            self._learnt |= {each.place: each for each in fresh}
            self._learnt = {
                place: each for place, each in self._learnt.items() if each.learnt_at > at - FORGET_MS
            }


def _is_lively(incident: KeptIncident, ended_after: int) -> bool:
    ended_at = incident.what.ended_at
    return ended_at is None or ended_at > ended_after
