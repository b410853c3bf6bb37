"""What people do with incidents: acknowledge, snooze, mute, and undo all that."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from msgspec.structs import replace

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.incidents.read_incidents import find_incident, mutes_of
from farthing.actions.incidents.together import see_to_alerts
from farthing.actions.parts import Parts
from farthing.rules.ids import incident_id_text
from farthing.rules.instants import instant
from farthing.rules.kept_incident import KeptIncident, Mute
from farthing.rules.periods import HOUR_MS
from farthing.rules.problems import FieldProblem

SNOOZE_HOURS: Final = 4
SNOOZE_HOURS_MAX: Final = 7 * 24
MUTE_HOURS: Final = 7 * 24
MUTE_HOURS_MAX: Final = 90 * 24
_JUST_CHANGED: Final = "the incident has just been changed by somebody else; nothing was done"


async def acknowledge(parts: Parts, asker: Asker, wire_id: str) -> KeptIncident:
    """Say that somebody sees to it. Once it is critical, people are told all the same.

    Raises NotFoundError, and ConflictError for one that is over or acknowledged.
    """
    before = await _going_on(parts, asker, wire_id)
    if before.acknowledged_at is not None:
        raise ConflictError("the incident is acknowledged already")
    at = parts.clock.now()
    after = replace(before, acknowledged_by=asker.user.id, acknowledged_at=at)
    return await _mark(parts, asker, "acknowledged", after)


async def snooze(parts: Parts, asker: Asker, wire_id: str, hours: int) -> KeptIncident:
    """Tell nobody of it for so long, and again if it is still there then.

    Raises NotFoundError, ConflictError and InvalidInputError.
    """
    _check_hours(hours, SNOOZE_HOURS_MAX)
    before = await _going_on(parts, asker, wire_id)
    until = parts.clock.now() + hours * HOUR_MS
    return await _mark(parts, asker, "snoozed", replace(before, snoozed_until=until))


async def mute(parts: Parts, asker: Asker, wire_id: str, hours: int) -> KeptIncident:
    """Tell nobody of it, nor of any of its signal with its cause or in its place, for so long.

    Raises NotFoundError, ConflictError and InvalidInputError.
    """
    _check_hours(hours, MUTE_HOURS_MAX)
    before = await find_incident(parts, asker, wire_id)
    now = parts.clock.now()
    new = Mute(
        workspace_id=asker.workspace.id,
        place=before.cause,
        signal=before.signal,
        until=now + hours * HOUR_MS,
        created_by=asker.user.id,
        created_at=now,
    )

    async def also(audited: Audited) -> None:
        await audited.changes.add_mute(new)

    return await _mark(parts, asker, "muted", replace(before, muted_until=new.until), also)


async def reopen(parts: Parts, asker: Asker, wire_id: str) -> KeptIncident:
    """Take back what was done with it: nobody has acknowledged it, and people are told of it again.

    Mutes that cover it end. Raises NotFoundError, and ConflictError for one that is over.
    """
    before = await _going_on(parts, asker, wire_id)
    covering = await mutes_of(parts, asker, before)
    after = replace(before, acknowledged_by=None, acknowledged_at=None, snoozed_until=None, muted_until=None)

    async def also(audited: Audited) -> None:
        for each in covering:
            await audited.changes.end_mute(asker.workspace.id, each.id, audited.at)

    return await _mark(parts, asker, "reopened", after, also)


def _check_hours(hours: int, most: int) -> None:
    if not 1 <= hours <= most:
        raise InvalidInputError(
            [FieldProblem("hours", f"must be a whole number from 1 to {most}, not {hours}")]
        )


async def _going_on(parts: Parts, asker: Asker, wire_id: str) -> KeptIncident:
    found = await find_incident(parts, asker, wire_id)
    if found.state == "closed":
        raise ConflictError("the incident is over; it opens by itself if it comes up again")
    return found


async def _nothing(_: Audited) -> None:
    """No more is changed."""


async def _mark(
    parts: Parts,
    asker: Asker,
    what: str,
    after: KeptIncident,
    also: Callable[[Audited], Any] = _nothing,
) -> KeptIncident:
    return await change(parts, asker, partial(_marked, what, after, also))


async def _marked(
    what: str, after: KeptIncident, also: Callable[[Audited], Any], audited: Audited
) -> KeptIncident:
    kept = await audited.changes.mark_incident(after)
    if kept is None:
        raise ConflictError(_JUST_CHANGED)
    await also(audited)
    if what != "muted":
        await see_to_alerts(audited.changes, kept, audited.asker.user.id)
    told = {"snoozed": after.snoozed_until, "muted": after.muted_until}.get(what)
    until = None if told is None else {"until": instant(told)}
    await audited.enter(f"incident.{what}", incident_id_text(after.id), after=until)
    return kept
