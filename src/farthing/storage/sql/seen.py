"""What all questions to one snapshot have to know first, and which no snapshot sees change."""

from __future__ import annotations

from dataclasses import dataclass, field

from farthing.rules.retention import Retention
from farthing.storage.sql import retention, whereabouts
from farthing.storage.sql.spans import Sealed
from farthing.storage.sql.transaction import Transaction


@dataclass
class Seen:
    """How far the time of workspaces is sealed and kept, looked up once: a page asks twenty questions."""

    _sealed: dict[int, Sealed | None] = field(default_factory=dict)
    _kept: dict[int, Retention] = field(default_factory=dict)

    async def sealed(self, tx: Transaction, workspace_id: int) -> Sealed | None:
        if workspace_id not in self._sealed:
            self._sealed[workspace_id] = await whereabouts.sealed_of(tx, workspace_id)
        return self._sealed[workspace_id]

    async def kept(self, tx: Transaction, workspace_id: int) -> Retention:
        if workspace_id not in self._kept:
            self._kept[workspace_id] = await retention.read(tx, workspace_id)
        return self._kept[workspace_id]
