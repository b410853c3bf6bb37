"""Alerts and what is said of them, on SQL: changes over one transaction, reads each in one of its own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeVar

from farthing.rules.alert_settings import AlertSettings
from farthing.rules.message import Alert, Handling, Message
from farthing.rules.workspace_policy import WorkspacePolicy
from farthing.storage.contract.alerts import AlertQuery
from farthing.storage.sql import alert_state, messages
from farthing.storage.sql.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Coroutine[Any, Any, T]]


class SqlAlertChanges:
    """Keeps `storage.contract.AlertChanges`, where every method is described."""

    _tx: Transaction

    async def alert_settings(self, workspace_id: int) -> AlertSettings:
        return await alert_state.settings(self._tx, workspace_id)

    async def keep_alert_settings(self, after: AlertSettings) -> AlertSettings | None:
        return await alert_state.keep_settings(self._tx, after)

    async def handle_alert(self, workspace_id: int, alert_id: int, handling: Handling) -> Alert | None:
        return await alert_state.handle(self._tx, workspace_id, alert_id, handling)

    async def handle_alerts(self, workspace_id: int, incident_key: str, handling: Handling) -> None:
        await alert_state.handle_all(self._tx, workspace_id, incident_key, handling)

    async def take_digest(self, workspace_id: int, rule_id: int) -> list[Message]:
        return await alert_state.take_digest(self._tx, workspace_id, rule_id)

    async def move_alert_mark(self, workspace_id: int, name: str, before: int | None, after: int) -> bool:
        return await alert_state.move_mark(self._tx, workspace_id, name, before, after)

    async def keep_workspace_policy(self, after: WorkspacePolicy) -> WorkspacePolicy | None:
        return await alert_state.keep_policy(self._tx, after)


class SqlAlertStorage:
    """Keeps `storage.contract.AlertStore`, where every method is described."""

    @abstractmethod
    async def _read(self, work: Work[T]) -> T:
        """Run `work` on a snapshot."""

    async def alert_settings(self, workspace_id: int) -> AlertSettings:
        return await self._read(lambda tx: alert_state.settings(tx, workspace_id))

    async def all_alert_settings(self) -> list[AlertSettings]:
        return await self._read(alert_state.all_settings)

    async def alerts(self, workspace_id: int, query: AlertQuery, limit: int) -> list[Alert]:
        return await self._read(lambda tx: messages.alerts(tx, workspace_id, query, limit))

    async def alert(self, workspace_id: int, alert_id: int) -> Alert | None:
        return await self._read(lambda tx: messages.alert(tx, workspace_id, alert_id))

    async def open_alert_count(self, workspace_id: int, now: int, at_most: int) -> int:
        return await self._read(lambda tx: messages.open_count(tx, workspace_id, now, at_most))

    async def alert_marks(self, workspace_id: int, names: Collection[str]) -> dict[str, int]:
        return await self._read(lambda tx: alert_state.marks(tx, workspace_id, names))

    async def workspace_policy(self, workspace_id: int) -> WorkspacePolicy:
        return await self._read(lambda tx: alert_state.policy(tx, workspace_id))

    async def observing_workspaces(self) -> frozenset[int]:
        return await self._read(alert_state.observing)
