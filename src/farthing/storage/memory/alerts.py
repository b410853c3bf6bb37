"""The inbox, what workspaces say of alerts, and how incidents stand, of the in-memory storage."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from farthing.rules.alert_kinds import is_report
from farthing.rules.alert_routing import NEW_INCIDENT, Route, Standing, most_severe
from farthing.rules.alert_settings import AlertSettings
from farthing.rules.message import Alert, Handling, Message, NewMessage
from farthing.rules.workspace_policy import WorkspacePolicy
from farthing.storage.contract.alerts import AlertQuery
from farthing.storage.memory.openness import Openable


class MemoryAlerts(Openable):
    """Keeps `AlertStore`, and `AlertChanges` of a change."""

    _deleted: dict[int, int]

    def __init__(self) -> None:
        super().__init__()
        self._alerts: dict[int, Alert] = {}
        self._alert_settings: dict[int, AlertSettings] = {}
        self._standings: dict[tuple[int, str], Standing] = {}
        self._digest_items: set[tuple[int, int, int]] = set()
        self._alert_marks: dict[tuple[int, str], int] = {}
        self._policies: dict[int, WorkspacePolicy] = {}

    def _standing(self, new: NewMessage) -> Standing:
        return self._standings.get((new.workspace_id, new.incident_key or ""), NEW_INCIDENT)

    def _keep_alert(self, new: NewMessage, made: Message, way: Route) -> None:
        """The message in the inbox, and what its route leaves behind."""
        handling = Handling()
        if is_report(new.kind):
            handling = Handling(acknowledged_at=new.created_at)
        elif way.dedupe_applied:
            by, until = way.standing.handled_by, way.standing.handled_until
            at = new.created_at if until is None else None
            handling = Handling(acknowledged_at=at, snoozed_until=until, by=by)
        self._alerts[made.id] = Alert(
            message=made,
            cooldown_applied=way.cooldown_applied,
            dedupe_applied=way.dedupe_applied,
            handling=handling,
        )
        if new.incident_key is not None:
            self._standings[new.workspace_id, new.incident_key] = way.standing
        self._digest_items |= {(new.workspace_id, rule_id, made.id) for rule_id in way.digests}

    async def alert_settings(self, workspace_id: int) -> AlertSettings:
        self.require_open()
        return self._alert_settings.get(workspace_id, AlertSettings(workspace_id=workspace_id))

    async def keep_alert_settings(self, after: AlertSettings) -> AlertSettings | None:
        if (await self.alert_settings(after.workspace_id)).version != after.version:
            return None
        kept = self._alert_settings[after.workspace_id] = replace(after, version=after.version + 1)
        left = {rule.id for rule in after.rules if rule.mode != "immediate"}
        self._digest_items -= {
            item for item in self._digest_items if item[0] == after.workspace_id and item[1] not in left
        }
        return kept

    async def handle_alert(self, workspace_id: int, alert_id: int, handling: Handling) -> Alert | None:
        found = await self.alert(workspace_id, alert_id)
        if found is None:
            return None
        same = [each for each in self._alerts.values() if _is_same_incident(each.message, found.message)]
        self._handle(workspace_id, found.message.incident_key or "", same, handling)
        return self._alerts[alert_id]

    async def handle_alerts(self, workspace_id: int, incident_key: str, handling: Handling) -> None:
        mine = [each for each in self._alerts.values() if each.message.workspace_id == workspace_id]
        same = [each for each in mine if each.message.incident_key == incident_key]
        self._handle(workspace_id, incident_key, same, handling)

    def _handle(self, workspace_id: int, key: str, same: Sequence[Alert], handling: Handling) -> None:
        for each in same:
            self._alerts[each.message.id] = replace(each, handling=handling)
        standing = self._standings.get((workspace_id, key))
        if standing is not None:
            is_open = handling.acknowledged_at is None and handling.snoozed_until is None
            self._standings[workspace_id, key] = replace(
                standing,
                handled=None if is_open else most_severe(each.message.severity for each in same),
                handled_by=handling.by,
                handled_until=handling.snoozed_until,
            )

    async def take_digest(self, workspace_id: int, rule_id: int) -> list[Message]:
        taken = {item for item in self._digest_items if item[:2] == (workspace_id, rule_id)}
        self._digest_items -= taken
        return [self._alerts[message_id].message for _, _, message_id in sorted(taken)]

    async def move_alert_mark(self, workspace_id: int, name: str, before: int | None, after: int) -> bool:
        if self._alert_marks.get((workspace_id, name)) != before:
            return False
        self._alert_marks[workspace_id, name] = after
        return True

    async def keep_workspace_policy(self, after: WorkspacePolicy) -> WorkspacePolicy | None:
        if (await self.workspace_policy(after.workspace_id)).version != after.version:
            return None
        self._policies[after.workspace_id] = replace(after, version=after.version + 1)
        return self._policies[after.workspace_id]

    async def all_alert_settings(self) -> list[AlertSettings]:
        self.require_open()
        return [each for owner, each in sorted(self._alert_settings.items()) if owner not in self._deleted]

    async def alerts(self, workspace_id: int, query: AlertQuery, limit: int) -> list[Alert]:
        self.require_open()
        found = [
            each
            for each in reversed(self._alerts.values())
            if each.message.workspace_id == workspace_id and _passes(each, query)
        ]
        return found[:limit]

    async def alert(self, workspace_id: int, alert_id: int) -> Alert | None:
        self.require_open()
        found = self._alerts.get(alert_id)
        return None if found is None or found.message.workspace_id != workspace_id else found

    async def open_alert_count(self, workspace_id: int, now: int, at_most: int) -> int:
        return len(await self.alerts(workspace_id, AlertQuery(now=now, state="open"), at_most))

    async def alert_marks(self, workspace_id: int, names: Collection[str]) -> dict[str, int]:
        self.require_open()
        return {
            name: at
            for (owner, name), at in self._alert_marks.items()
            if owner == workspace_id and name in names
        }

    async def workspace_policy(self, workspace_id: int) -> WorkspacePolicy:
        self.require_open()
        return self._policies.get(workspace_id, WorkspacePolicy(workspace_id=workspace_id))

    async def observing_workspaces(self) -> frozenset[int]:
        self.require_open()
        return frozenset(each.workspace_id for each in self._policies.values() if each.is_observing)

    def _forget_alerts(self, old: set[int]) -> None:
        self._alerts = {key: each for key, each in self._alerts.items() if key not in old}
        self._digest_items = {item for item in self._digest_items if item[2] not in old}


def _is_same_incident(one: Message, other: Message) -> bool:
    key = (one.workspace_id, one.incident_key)
    return one.id == other.id or (
        one.incident_key is not None and key == (other.workspace_id, other.incident_key)
    )


def _passes(alert: Alert, query: AlertQuery) -> bool:
    message = alert.message
    return (
        query.kind in (None, message.kind)
        and query.severity in (None, message.severity)
        and query.state in (None, alert.handling.state(query.now))
        and (query.since is None or message.created_at >= query.since)
        and (query.before_id is None or message.id < query.before_id)
    )
