"""Deletions of test and demo events, done in steps, and the records that tell of them."""

from __future__ import annotations

from typing import Protocol

from farthing.rules.deletion import Deletion, RealMoney


class DeletionStore(Protocol):
    """Deletions, and what they do to stored events."""

    async def deletion(self, workspace_id: int, deletion_id: int) -> Deletion | None:
        """The deletion, if the workspace has it."""
        ...

    async def deletions(self, workspace_id: int, limit: int, created_by: int | None = None) -> list[Deletion]:
        """Those of a workspace, newest first; with `created_by`, those that this person asked for."""
        ...

    async def go_on_deleting(self, before: Deletion, event_count_max: int) -> Deletion | None:
        """Delete the next events, about so many, and say so in the record, in one transaction.

        Rows, what they add to rollups, and the record change at once. The answer's cursor is NOTHING_LEFT
        when it is done. None, and nothing is changed, when somebody else has changed the deletion.
        Raises HeldError while a legal hold is on.
        """
        ...

    async def real_money(self, workspace_id: int, last_id: int) -> RealMoney:
        """What the workspace's real events with ids up to `last_id` add up to, in one snapshot."""
        ...

    async def deletable_count(self, workspace_id: int, data_mode: str, owner_id: int | None) -> int:
        """How many events of a data mode ("test" or "demo") there are, of one owner or of all."""
        ...


class DeletionChanges(Protocol):
    """What people change of deletions."""

    async def add_deletion(self, new: Deletion) -> Deletion:
        """Keep a new one. Its `id` and `last_id` are ignored and given: the highest request id until now."""
        ...

    async def change_deletion(self, after: Deletion) -> Deletion | None:
        """Keep `after` as its next version; None when it was changed since `after` was read."""
        ...
