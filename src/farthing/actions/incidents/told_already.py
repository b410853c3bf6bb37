"""Models without a price, which an alert tells of and which come up as incidents: people hear of one once.

Whoever is first tells: the alert with the first calls, or the incident. Both move the mark of the model in
the transaction of their message, so that of two at once one tells. What an alert has told of opens as told,
and is seen to with it (`together`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from farthing.actions.parts import Parts
from farthing.rules.kept_incident import KeptIncident
from farthing.rules.message import Alert
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import AlertQuery, Changes

KNOWN_MS: Final = DAY_MS
"""For so long nobody is told again of the same model."""
_ALERTS_MAX: Final = 50


def mark_of(model: str) -> str:
    """The mark that says when people were last told of a model without a price."""
    return f"unpriced_told:{model}"


def unpriced_model(incident: KeptIncident) -> str | None:
    """The model that an incident is about that is about calls without a price."""
    if incident.what.family != "unpriced":
        return None
    return dict(incident.cause).get("model") or dict(incident.place).get("model")


async def told_lately(
    parts: Parts, workspace_id: int, untold: Sequence[KeptIncident], now: int
) -> tuple[list[Alert], dict[str, int]]:
    """The alerts of models without a price, and the marks of those that incidents are about."""
    names = sorted({mark_of(model) for each in untold if (model := unpriced_model(each)) is not None})
    if not names:
        return [], {}
    query = AlertQuery(now=now, kind="model.unpriced", since=now - KNOWN_MS)
    alerts = await parts.storage.alerts(workspace_id, query, _ALERTS_MAX)
    return alerts, await parts.storage.alert_marks(workspace_id, names)


def as_told(incident: KeptIncident, alerts: Iterable[Alert]) -> KeptIncident:
    """The incident, told as bad as it opens, and seen to, by the alert that has told of it."""
    model = unpriced_model(incident)
    alert = next((each for each in alerts if model is not None and model in _models(each)), None)
    if alert is None:
        return incident
    handling = alert.handling
    return replace(
        incident,
        told=incident.severity,
        alert_key=alert.message.incident_key,
        acknowledged_by=None if handling.acknowledged_at is None else handling.by,
        acknowledged_at=handling.acknowledged_at,
        snoozed_until=handling.snoozed_until,
    )


async def is_first(changes: Changes, incident: KeptIncident, marks: Mapping[str, int], now: int) -> bool:
    """Whether nobody has been told of it yet; from now on they have, if this is kept."""
    model = unpriced_model(incident)
    if model is None or incident.told is not None:
        return True
    name = mark_of(model)
    before = marks.get(name)
    if before is not None and now - before < KNOWN_MS:
        return False
    return await changes.move_alert_mark(incident.workspace_id, name, before, now)


def _models(alert: Alert) -> set[str]:
    return {each.get("model", "") for each in alert.message.data.get("models", ())}
