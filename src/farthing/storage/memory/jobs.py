"""Jobs and re-pricings of the in-memory storage."""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from farthing.rules.budgets import Budget
from farthing.rules.channel import Channel, Delivery
from farthing.rules.deletion import Deletion
from farthing.rules.erasure import Erasure
from farthing.rules.export_schedule import ExportSchedule
from farthing.rules.job import Job
from farthing.rules.repricing import Repricing
from farthing.rules.saved_view import SavedView

R = TypeVar("R", Budget, Job, Repricing, Erasure, Deletion, Channel, Delivery, ExportSchedule, SavedView)


class Versions(dict[int, R]):
    """The last version of each record, by id. None is ever removed."""

    def add(self, record: R) -> R:
        kept: R = replace(record, id=len(self) + 1)
        self[kept.id] = kept
        return kept

    def all(self) -> list[R]:
        return list(self.values())

    def newest(self, workspace_id: int, limit: int) -> list[R]:
        mine = [record for record in self.values() if record.workspace_id == workspace_id]
        return mine[::-1][:limit]

    def one(self, workspace_id: int, record_id: int) -> R | None:
        found = self.get(record_id)
        return None if found is None or found.workspace_id != workspace_id else found

    def change(self, after: R) -> R | None:
        """Keep `after` as a further version; None when it was changed since."""
        if self[after.id].version != after.version:
            return None
        self[after.id] = replace(after, version=after.version + 1)
        return self[after.id]
