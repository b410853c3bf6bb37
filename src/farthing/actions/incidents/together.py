"""An incident and the alerts that tell of it are seen to together, whichever people lay hands on."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from farthing.actions.parts import Parts
from farthing.rules.ids import incident_id_number, incident_id_text
from farthing.rules.kept_incident import KeptIncident
from farthing.rules.message import Handling
from farthing.storage.contract import Changes


def alert_keys(incident: KeptIncident) -> tuple[str, ...]:
    """The incident keys of the alerts that tell of it: its own, and that of one that told in its place."""
    own = incident_id_text(incident.id)
    return (own,) if incident.alert_key is None else (own, incident.alert_key)


async def see_to_alerts(changes: Changes, incident: KeptIncident, by: int) -> None:
    """Handle the alerts of an incident as this person has handled the incident."""
    acknowledged_at = incident.acknowledged_at
    until = None if acknowledged_at is not None else incident.snoozed_until
    handling = Handling(acknowledged_at=acknowledged_at, snoozed_until=until, by=by)
    for key in alert_keys(incident):
        await changes.handle_alerts(incident.workspace_id, key, handling)


async def incidents_of(parts: Parts, workspace_id: int, incident_key: str | None) -> list[KeptIncident]:
    """The incidents that go on of which alerts with this key tell."""
    if incident_key is None:
        return []
    number = incident_id_number(incident_key)
    if number is not None:
        own = await parts.storage.incident(workspace_id, number)
        found = [] if own is None else [own]
    else:
        lively = await parts.storage.lively_incidents(workspace_id, parts.clock.now())
        found = [each for each in lively if each.alert_key == incident_key]
    return [each for each in found if each.what.ended_at is None]


async def see_to_incidents(changes: Changes, incidents: Sequence[KeptIncident], handling: Handling) -> None:
    """Handle incidents as their alerts are. What somebody else makes of one at this moment holds."""
    for each in incidents:
        is_acknowledged = handling.acknowledged_at is not None
        after = replace(
            each,
            acknowledged_at=handling.acknowledged_at,
            acknowledged_by=handling.by if is_acknowledged else None,
            snoozed_until=handling.snoozed_until,
        )
        await changes.mark_incident(after)
