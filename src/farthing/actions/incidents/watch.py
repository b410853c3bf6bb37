"""Watching all workspaces by itself: learn what is due, look once a quarter hour, keep what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog
from msgspec.structs import replace

from farthing.actions.incidents.evaluate import Looked, evaluate
from farthing.actions.incidents.evidence import Evidence, StoredEvidence
from farthing.actions.incidents.learning import FORGET_MS, Learner, due, learn_apart
from farthing.actions.incidents.learning_process import Order
from farthing.actions.incidents.telling import Look, news_of
from farthing.actions.incidents.told_already import as_told, is_first, told_lately
from farthing.actions.jobs.schedule import Schedule
from farthing.actions.keys.naming import value_namer
from farthing.actions.parts import Parts
from farthing.rules.incident_words import Name, value_text
from farthing.rules.incidents import AGAIN_MS, QUIET_MS
from farthing.rules.kept_incident import KeptIncident, Mute, Watch
from farthing.rules.periods import MINUTE_MS, QUARTER_MS
from farthing.rules.utc_months import month_of
from farthing.rules.watching import Learnt
from farthing.storage.contract import Changes, StorageError, Workspace

log = structlog.get_logger(__name__)

WATCHING: Final = "incidents.watched"
_EVERY_MS: Final = 5 * MINUTE_MS


class _LookedInVainError(Exception):
    """Another process has looked at the same time; nothing of this look is kept."""


async def watch_all(parts: Parts) -> None:
    """Look at every workspace that was not looked at since the last quarter hour ended."""
    for each in await parts.storage.workspace_plans(month_of(parts.clock.now())):
        try:
            await watch_workspace(parts, each.workspace)
        except StorageError:
            raise
        except Exception:
            log.exception("a workspace could not be watched", workspace=each.workspace.public_id)


async def watch_workspace(
    parts: Parts,
    workspace: Workspace,
    data_modes: tuple[str, ...] = ("real",),
    learner: Learner = learn_apart,
) -> Looked | None:
    """Look at one; None when it was looked at already, or has nothing to look at."""
    storage, at = parts.storage, parts.clock.now() // QUARTER_MS * QUARTER_MS
    watch = await storage.watch(workspace.id)
    if watch is not None and watch.looked_at >= at:
        return None
    evidence = StoredEvidence(storage, workspace, data_modes)
    known = await storage.learnt(workspace.id)
    fresh = await _learn(evidence, known, at, learner)
    if fresh is None and watch is None:
        return None
    if fresh:
        await storage.keep_learnt(workspace.id, fresh, at - FORGET_MS)
        known = await storage.learnt(workspace.id)
    lively = await storage.lively_incidents(workspace.id, at - AGAIN_MS - QUIET_MS)
    looked = await evaluate(evidence, workspace.id, known, lively, at)
    mutes = await storage.mutes(workspace.id, at)
    before = watch or Watch(workspace_id=workspace.id, since=at, looked_at=0)
    untold = [*looked.opened, *(each for each in lively if each.told is None)]
    alerts, marks = await told_lately(parts, workspace.id, untold, parts.clock.now())
    looked.opened[:] = [as_told(each, alerts) for each in looked.opened]
    quiet = Quiet(mutes, marks, value_namer(await storage.api_keys(workspace.id)))
    keep = partial(keep_look, looked=looked, before=before, lively=lively, quiet=quiet)
    try:
        await parts.storage.change(partial(keep, now=parts.clock.now()))
    except _LookedInVainError:
        return None
    return looked


async def _learn(evidence: Evidence, known: list[Learnt], at: int, learner: Learner) -> list[Learnt] | None:
    """Learn what is due; None when the workspace has had no call lately."""
    places = await evidence.biggest(at)
    if not places:
        return None
    wanted = due(places, known, at)
    if not wanted:
        return []
    histories, hours = await evidence.histories(wanted, at)
    return await learner(Order(histories, hours, at))


@dataclass(frozen=True)
class Quiet:
    """What keeps a look from telling (mutes, and the marks of models that people know of), and its names."""

    mutes: list[Mute] = field(default_factory=list)
    marks: dict[str, int] = field(default_factory=dict)
    name: Name = value_text


async def keep_look(
    changes: Changes, looked: Looked, before: Watch, lively: list[KeptIncident], quiet: Quiet, now: int
) -> None:
    """Keep all that came of a look, and what is told of it, or nothing. Raises when another came first."""
    after = replace(
        before, looked_at=looked.at, place_count=looked.place_count, floor_picousd=looked.floor_picousd
    )
    if await changes.keep_watch(after) is None:
        raise _LookedInVainError
    changed = {each.id: each for each in looked.changed}
    opened = [await changes.add_incident(each) for each in looked.opened]
    look = Look(before.looked_at, looked.at, now, quiet.name)
    for each in (*(changed.get(old.id, old) for old in lively), *opened):
        news = news_of(each, quiet.mutes, look)
        if news is not None:
            if await is_first(changes, each, quiet.marks, now):
                await changes.send(news)
            await changes.update_incident(replace(each, told=each.severity))
        elif each.id in changed:
            await changes.update_incident(each)


WATCH: Final = Schedule(WATCHING, _EVERY_MS, watch_all)
