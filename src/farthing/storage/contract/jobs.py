"""Long work, and re-pricings, which are such work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from farthing.rules.job import Job
from farthing.rules.repricing import Change, Repricing


class JobStore(Protocol):
    """Long work that is to be done, is done, or has ended."""

    async def job(self, workspace_id: int, job_id: int) -> Job | None:
        """The job, if the workspace has it."""
        ...

    async def jobs_of(self, workspace_id: int, kind: str, limit: int) -> list[Job]:
        """The workspace's jobs of a kind, newest first, ended or not."""

    async def jobs(self, workspace_id: int, limit: int) -> list[Job]:
        """Those of a workspace, newest first."""
        ...

    async def unfinished_jobs(self) -> list[Job]:
        """The jobs of all workspaces that have not ended, oldest first."""
        ...

    async def change_job(self, after: Job) -> Job | None:
        """Keep `after` as the job's next version; None when it was changed since `after` was read."""
        ...


class RepricingStore(Protocol):
    """Re-pricings, and what they do to stored events."""

    async def repricing(self, workspace_id: int, repricing_id: int) -> Repricing | None:
        """The re-pricing, if the workspace has it."""
        ...

    async def repricings(self, workspace_id: int, limit: int) -> list[Repricing]:
        """Those of a workspace, newest first."""
        ...

    async def repricings_in(self, workspace_id: int, states: Collection[str]) -> list[Repricing]:
        """All of a workspace that are in one of these states, newest first."""
        ...

    async def change_repricing(self, after: Repricing) -> Repricing | None:
        """Keep `after` as its next version; None when it was changed since `after` was read."""
        ...

    async def reprice(
        self, before: Repricing, cursor: tuple[int, int], changes: Sequence[Change], now: int
    ) -> Repricing | None:
        """Change events, what they add to sums, and the re-pricing itself (`cursor`, `applied`), all at once.

        What they add to budgets is changed with it, and told of as of `now`.

        What the events were before is kept. Events that are there no more are passed over. None, and nothing
        is changed, when somebody else has changed the re-pricing. Raises StorageError when a sum would not
        fit where it is kept.
        """
        ...

    async def revert(self, before: Repricing, event_count_max: int, now: int) -> Repricing | None:
        """Give up to so many events of the re-pricing back what they had before it.

        The answer has the same `reverted_count` when there are none left; None as for `reprice`.
        """
        ...
