"""One look at a workspace: what deviates, and what becomes of its incidents.

It decides and changes nothing: what it asks is `Evidence`, what it says is a `Seen`, which `keep_look` keeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from farthing.actions.incidents.evidence import Evidence
from farthing.actions.incidents.explaining import cause_of, expected_of, explain, toll_of
from farthing.rules.anomalies import SENSITIVITY, Recent, Usual, money_floor
from farthing.rules.changes import Where
from farthing.rules.incidents import WORKSPACE, Incident, Seen, look
from farthing.rules.kept_incident import KeptIncident, severity_of
from farthing.rules.message import SEVERITIES
from farthing.rules.watching import Learnt, seen_in, unlearnt

_BITE: Final = 20
"""So many places are looked at before others get their turn on the event loop: some 3 ms."""


@dataclass(frozen=True)
class Looked:
    """What came of a look: incidents that are new, and those that are not as they were."""

    at: int
    opened: list[KeptIncident] = field(default_factory=list)
    changed: list[KeptIncident] = field(default_factory=list)
    place_count: int = 0
    floor_picousd: int = 0


async def evaluate(
    evidence: Evidence, workspace_id: int, known: Sequence[Learnt], lively: Sequence[KeptIncident], at: int
) -> Looked:
    """Look at the end of the quarter hour `at`; `lively` are the incidents there are."""
    usual = {each.place: each for each in known}
    usual.setdefault(WORKSPACE, unlearnt(WORKSPACE))
    floor = money_floor(usual[WORKSPACE].usual, SENSITIVITY)
    recents = await evidence.recents(list(usual), at)
    seen = await _seen(usual.values(), recents, at, floor)
    before = {each.what.key: each for each in lively}
    step = look([each.what for each in lively], seen, at)
    ended = {each.key: each for each in step.ended}
    looked = Looked(at, place_count=len(usual), floor_picousd=floor)
    for key, what in ({each.key: each for each in step.incidents} | ended).items():
        old = before.get(key)
        if old is not None and old.what == what:
            continue
        around = usual.get(what.first.place, unlearnt(what.first.place)).usual
        kept = await _kept(evidence, workspace_id, (old, what), around, at)
        day_picousd = usual[WORKSPACE].usual.day_picousd
        worse = max(kept.severity, severity_of(what, day_picousd), key=SEVERITIES.index)
        (looked.opened if old is None else looked.changed).append(replace(kept, severity=worse))
    return looked


async def _seen(
    known: Iterable[Learnt], recents: dict[Where, Recent], at: int, floor_picousd: int
) -> list[Seen]:
    found: list[Seen] = []
    for number, each in enumerate(known, 1):
        found += seen_in(each, recents[each.place], at, floor_picousd)
        if number % _BITE == 0:
            await asyncio.sleep(0)
    return found


async def _kept(
    evidence: Evidence, workspace_id: int, of: tuple[KeptIncident | None, Incident], usual: Usual, at: int
) -> KeptIncident:
    """An incident brought up to date. Its cause is looked for anew whenever it has lasted twice as long."""
    old, what = of
    kept = old
    if kept is None:
        signal = what.first.deviation.signal
        kept = KeptIncident(
            workspace_id=workspace_id,
            what=what,
            severity="warning",
            cause_of=cause_of(signal),
            expected=expected_of(usual, signal),
        )
    kept = replace(kept, what=what)
    if what.ended_at is not None:
        return kept
    if at - what.since >= 2 * (kept.explained_at - what.since):
        kept = replace(kept, explanation=await explain(evidence, what, usual, at), explained_at=at)
    return replace(kept, toll=await toll_of(evidence, what, kept.expected, at))
