"""The inbox of a workspace, what it has said of its alerts, and whether what it decides is enforced."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from farthing.rules.alert_settings import AlertSettings
from farthing.rules.message import Alert, AlertState, Handling, Message, Severity
from farthing.rules.workspace_policy import WorkspacePolicy


@dataclass(frozen=True)
class AlertQuery:
    """Which alerts; None for any. States are those at `now`, `before_id` is the last of the page before."""

    now: int
    kind: str | None = None
    severity: Severity | None = None
    state: AlertState | None = None
    since: int | None = None
    before_id: int | None = None


class AlertChanges(Protocol):
    """Changes of alerts and of what is said of them."""

    async def alert_settings(self, workspace_id: int) -> AlertSettings:
        """See AlertStore."""
        ...

    async def keep_alert_settings(self, after: AlertSettings) -> AlertSettings | None:
        """Keep `after` as the next version; None when they were changed since `after` was read.

        What was collected for rules that send no summaries any more is dropped.
        """
        ...

    async def handle_alert(self, workspace_id: int, alert_id: int, handling: Handling) -> Alert | None:
        """Note what a person has made of an alert, and with it of all of its incident.

        What comes of the incident later is handled so, too, unless it is more severe. None when the
        workspace has no such alert.
        """
        ...

    async def handle_alerts(self, workspace_id: int, incident_key: str, handling: Handling) -> None:
        """The same for whoever knows the incident: note it for all alerts of it that there are."""
        ...

    async def take_digest(self, workspace_id: int, rule_id: int) -> list[Message]:
        """What was collected for the summary of a rule since it was last taken, oldest first."""
        ...

    async def move_alert_mark(self, workspace_id: int, name: str, before: int | None, after: int) -> bool:
        """Move a mark on; False when it is not at `before` (None: not there) any more."""
        ...

    async def keep_workspace_policy(self, after: WorkspacePolicy) -> WorkspacePolicy | None:
        """Keep `after` as the next version; None when it was changed since `after` was read."""
        ...


class AlertStore(Protocol):
    """What there is of them."""

    async def alert_settings(self, workspace_id: int) -> AlertSettings:
        """What the workspace has said; what holds by default where it has said nothing."""
        ...

    async def all_alert_settings(self) -> list[AlertSettings]:
        """Those of all workspaces that have said anything and are not deleted."""
        ...

    async def alerts(self, workspace_id: int, query: AlertQuery, limit: int) -> list[Alert]:
        """Those of a workspace, newest first."""
        ...

    async def alert(self, workspace_id: int, alert_id: int) -> Alert | None:
        """One, if the workspace has it."""
        ...

    async def open_alert_count(self, workspace_id: int, now: int, at_most: int) -> int:
        """How many are open, counted up to `at_most`."""
        ...

    async def alert_marks(self, workspace_id: int, names: Collection[str]) -> dict[str, int]:
        """How far something of the workspace is that is done again and again, by the names that are there."""
        ...

    async def workspace_policy(self, workspace_id: int) -> WorkspacePolicy:
        """Whether what the workspace decides is enforced; it is where nothing was said."""
        ...

    async def observing_workspaces(self) -> frozenset[int]:
        """Those in observe mode: what servers look up now and then, so that ingest need not read it."""
        ...
