"""`farthing alerts`: what was told in a workspace, and what people make of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cyclopts import Parameter

from farthing.actions.alerts.inbox import (
    LIMIT,
    PARAMETERS,
    acknowledge,
    alert_number,
    deliveries_of,
    find_alert,
    list_alerts,
    read_alert_query,
    reopen,
    snooze,
    snoozed_until,
)
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, facts, ids, table, tell, tell_done, words
from farthing.clock import SystemClock
from farthing.rules.ids import alert_id_text, delivery_id_text
from farthing.rules.instants import instant
from farthing.rules.message import Alert
from farthing.storage.contract import LoggedDelivery


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Which:
    """Which alerts.

    Parameters
    ----------
    kind
        Only this kind, such as budget.exceeded.
    severity
        Only info, warning or critical ones.
    state
        Only open, acknowledged or snoozed ones.
    since
        Only those told since this date or instant.
    limit
        How many.
    """

    kind: str | None = None
    severity: str | None = None
    state: str | None = None
    since: str | None = None
    limit: int = LIMIT


_ANY = Which()


def list_all(*, whom: Whom, which: Which = _ANY, as_json: AsJson = False, place: Place = HERE) -> None:
    """List what was told in a workspace, newest first, whether or not it was sent anywhere.

    Parameters
    ----------
    as_json
        Print a list of {"id", "kind", "severity", "state", "title", "createdAt", …}.
    """
    asked = {name: None if value is None else str(value) for name, value in vars(which).items()}
    pairs = [(name, value) for name, value in asked.items() if value is not None]

    async def work(parts: Parts) -> list[dict[str, Any]]:
        asker = await whom.asker(parts)
        now = parts.clock.now()
        query, count = read_alert_query(pairs, PARAMETERS, now, asker.workspace.timezone)
        page = await list_alerts(parts, asker, query, count)
        return [_row(each, now) for each in page.items]

    rows = work_with(place, work)
    if as_json:
        print(json.dumps(rows))
        return
    shown = table()
    ids(shown, "Id")
    for heading in ("Told", "Severity", "State", "What"):
        words(shown, heading)
    for row in rows:
        shown.add_row(row["id"], row["createdAt"], row["severity"], row["state"], row["title"])
    tell(shown)


def show(alert: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Show an alert with its figures, and what became of it on each channel.

    Parameters
    ----------
    alert
        Its id, such as alt_1.
    as_json
        Print it as an object.
    """

    async def work(parts: Parts) -> tuple[dict[str, Any], list[LoggedDelivery]]:
        asker = await whom.asker(parts)
        found = await find_alert(parts, asker, alert_number(alert))
        return _row(found, parts.clock.now()), await deliveries_of(parts, asker, found.message.id)

    row, sent = work_with(place, work)
    deliveries = [
        {
            "id": delivery_id_text(each.delivery.id),
            "channel": each.channel.name,
            "state": each.delivery.state,
            "error": each.delivery.error,
        }
        for each in sent
    ]
    if as_json:
        print(json.dumps(row | {"deliveries": deliveries}))
        return
    grid = facts()
    for name in ("id", "kind", "severity", "state", "createdAt", "path", "incidentKey"):
        if row[name]:
            grid.add_row(name, row[name])
    for fact in row["facts"]:
        grid.add_row(fact["label"], fact["value"])
    for each in deliveries:
        grid.add_row(f"to {each['channel']}", " ".join(filter(None, (each["state"], each["error"]))))
    tell(row["title"], row["text"], "", grid)


def ack(alert: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Say that it is seen to, with all of its incident: of that, only what is worse is told again.

    Parameters
    ----------
    alert
        Its id, such as alt_1.
    as_json
        Print the alert, as a list has it.
    """

    async def work(parts: Parts) -> Alert:
        return await acknowledge(parts, await whom.asker(parts), alert_number(alert))

    _tell(work_with(place, work), "acknowledged", as_json=as_json)


def put_off(
    alert: str,
    *,
    whom: Whom,
    minutes: int | None = None,
    until: str | None = None,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Put it off, with all of its incident, for up to 30 days.

    Parameters
    ----------
    alert
        Its id, such as alt_1.
    minutes
        For how long.
    until
        Until this instant, instead.
    as_json
        Print the alert, as a list has it.
    """

    async def work(parts: Parts) -> Alert:
        asker = await whom.asker(parts)
        at = snoozed_until(parts.clock.now(), until, minutes)
        return await snooze(parts, asker, alert_number(alert), at)

    done = work_with(place, work)
    _tell(done, f"put off until {instant(done.handling.snoozed_until or 0)}", as_json=as_json)


def open_again(alert: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Make it open again, with all of its incident.

    Parameters
    ----------
    alert
        Its id, such as alt_1.
    as_json
        Print the alert, as a list has it.
    """

    async def work(parts: Parts) -> Alert:
        return await reopen(parts, await whom.asker(parts), alert_number(alert))

    _tell(work_with(place, work), "open", as_json=as_json)


def _tell(alert: Alert, word: str, *, as_json: bool) -> None:
    sentence = f"{alert_id_text(alert.message.id)} is {word}: {alert.message.title}"
    tell_done(sentence, _row(alert, SystemClock().now()), as_json=as_json)


def _row(alert: Alert, now: int) -> dict[str, Any]:
    message = alert.message
    return {
        "id": alert_id_text(message.id),
        "kind": message.kind,
        "severity": message.severity,
        "state": alert.handling.state(now),
        "title": message.title,
        "text": message.text,
        "createdAt": instant(message.created_at),
        "path": message.path,
        "facts": [{"label": fact.label, "value": fact.value} for fact in message.facts],
        "data": message.data,
        "incidentKey": message.incident_key,
        "cooldownApplied": alert.cooldown_applied,
        "dedupeApplied": alert.dedupe_applied,
    }
