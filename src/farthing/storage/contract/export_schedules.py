"""Exports that are made by themselves: what was set, and what they have come to."""

from __future__ import annotations

from typing import Protocol

from farthing.rules.export_schedule import BucketSecret, ExportSchedule


class ExportScheduleChanges(Protocol):
    """Changes of them."""

    async def add_export_schedule(self, new: ExportSchedule, secret: BucketSecret | None) -> ExportSchedule:
        """Keep one (its `id` is ignored and given).

        Raises AlreadyExistsError when the workspace has one of that name.
        """
        ...

    async def change_export_schedule(self, after: ExportSchedule) -> ExportSchedule | None:
        """Keep `after` as its next version; None when it was changed since `after` was read.

        One that was removed is there no more, its secret is forgotten. Raises AlreadyExistsError as
        `add_export_schedule`.
        """
        ...

    async def set_export_secret(self, workspace_id: int, schedule_id: int, secret: BucketSecret) -> bool:
        """Keep another secret; False when the workspace has no such one."""
        ...


class ExportScheduleStore(Protocol):
    """What there is of them."""

    async def export_schedules(self, workspace_id: int) -> list[ExportSchedule]:
        """Those of a workspace that were not removed, by name."""
        ...

    async def export_schedule(self, workspace_id: int, schedule_id: int) -> ExportSchedule | None:
        """One of them."""
        ...

    async def export_secret(self, workspace_id: int, schedule_id: int) -> BucketSecret | None:
        """What requests to its bucket are signed with."""
        ...

    async def due_export_schedules(self, now: int, limit: int) -> list[ExportSchedule]:
        """Those of all workspaces that are switched on and due, the longest due first."""
        ...
