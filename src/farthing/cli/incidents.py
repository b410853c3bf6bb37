"""`farthing incidents`: what is unusual and why, for whoever may touch the database."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from farthing.actions.asker import Asker
from farthing.actions.incidents.handle_incidents import (
    MUTE_HOURS,
    SNOOZE_HOURS,
    acknowledge,
    mute,
    reopen,
    snooze,
)
from farthing.actions.incidents.read_incidents import (
    LIMIT,
    IncidentPage,
    find_incident,
    find_watch,
    list_incidents,
    read_incident_query,
)
from farthing.actions.incidents.telling import investigation_path, told_data
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, ids, table, tell, tell_done, words
from farthing.rules.ids import incident_id_text
from farthing.rules.incident_words import causes_text, facts_of, headline
from farthing.rules.instants import instant
from farthing.rules.kept_incident import KeptIncident, Watch


def list_all(
    *,
    whom: Whom,
    state: str | None = None,
    limit: int = LIMIT,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """List what is and was unusual, newest first, or say since when it is looked for.

    Parameters
    ----------
    state
        Only open, acknowledged or closed ones.
    limit
        How many.
    as_json
        Print a list of {"incidentId", "state", "title", "severity", "signal", "since", "cause", …}.
    """
    pairs = [("limit", str(limit)), *([] if state is None else [("state", state)])]

    async def work(parts: Parts) -> tuple[IncidentPage, Watch | None]:
        asker = await whom.asker(parts)
        query, count = read_incident_query(pairs, ("limit", "state"), ZoneInfo(asker.workspace.timezone))
        return await list_incidents(parts, asker, query, count), await find_watch(parts, asker)

    page, watch = work_with(place, work)
    if as_json:
        print(json.dumps([_row(each) for each in page.items]))
        return
    if not page.items:
        print(_watched(watch))
        return
    shown = table()
    ids(shown, "Id")
    for heading in ("Since", "State", "Severity", "What", "Cause"):
        words(shown, heading)
    for each in page.items:
        row = _row(each)
        shown.add_row(
            row["incidentId"], row["since"], row["state"], row["severity"], row["title"], causes_text(each)
        )
    tell(shown)


def show(incident: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Show what is known of an incident: how much, since when, what it costs, and why.

    Parameters
    ----------
    incident
        Its id.
    as_json
        Print what a message about it holds for programs.
    """
    found = _with(place, whom, lambda parts, asker: find_incident(parts, asker, incident))
    if as_json:
        print(json.dumps(_row(found)))
        return
    print(f"{headline(found)} ({found.severity}, {found.state})")
    print(f"Since {instant(found.what.since)}, last seen {instant(found.what.last_at)}")
    for fact in facts_of(found):
        print(f"{fact.label}: {fact.value}")
    print(f"Page: {investigation_path(found)}")


def ack(incident: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Say that somebody sees to it; if it becomes critical, channels are told all the same.

    Parameters
    ----------
    incident
        Its id.
    as_json
        Print the incident, as a list has it.
    """
    _told(_with(place, whom, lambda parts, asker: acknowledge(parts, asker, incident)), as_json=as_json)


def snooze_one(
    incident: str, *, whom: Whom, hours: int = SNOOZE_HOURS, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Tell nobody of it for some hours, and again if it is still there then.

    Parameters
    ----------
    incident
        Its id.
    hours
        For how many, up to 168.
    as_json
        Print the incident, as a list has it.
    """
    _told(_with(place, whom, lambda parts, asker: snooze(parts, asker, incident, hours)), as_json=as_json)


def mute_like(
    incident: str, *, whom: Whom, hours: int = MUTE_HOURS, as_json: AsJson = False, place: Place = HERE
) -> None:
    """Tell nobody of incidents of its signal with its cause for some time.

    Parameters
    ----------
    incident
        Its id.
    hours
        For how many, up to 2160.
    as_json
        Print the incident, as a list has it.
    """
    _told(_with(place, whom, lambda parts, asker: mute(parts, asker, incident, hours)), as_json=as_json)


def reopen_one(incident: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Take back acknowledging, snoozing and muting.

    Parameters
    ----------
    incident
        Its id.
    as_json
        Print the incident, as a list has it.
    """
    _told(_with(place, whom, lambda parts, asker: reopen(parts, asker, incident)), as_json=as_json)


def _with(place: Place, whom: Whom, do: Callable[[Parts, Asker], Awaitable[KeptIncident]]) -> KeptIncident:
    async def work(parts: Parts) -> KeptIncident:
        return await do(parts, await whom.asker(parts))

    return work_with(place, work)


def _told(incident: KeptIncident, *, as_json: bool) -> None:
    until = max(incident.snoozed_until or 0, incident.muted_until or 0)
    quiet = f", nobody is told until {instant(until)}" if until else ""
    sentence = f"{incident_id_text(incident.id)} {headline(incident)}: {incident.state}{quiet}"
    tell_done(sentence, _row(incident), as_json=as_json)


def _watched(watch: Watch | None) -> str:
    if watch is None:
        return "No incident. Watching begins by itself within a quarter hour of the first calls."
    return f"No incident. {watch.place_count} places are watched, since {instant(watch.since)}."


def _row(incident: KeptIncident) -> dict[str, Any]:
    return {**told_data(incident), "state": incident.state, "title": headline(incident)}
