"""How long calls are kept: what was set, how far it has gone, and removing what is older."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from farthing.rules.periods import DAY_MS
from farthing.rules.retention import Days, Kept, LegalHold, Retention

SPENT_MS: Final = 30 * DAY_MS
"""An id stays used for so long after its call was received, though the call is gone (contract D2)."""


@dataclass(frozen=True)
class Removed:
    """What a run of retention has removed of a data mode in a month (year * 12 + month - 1, local)."""

    data_mode: str
    month: int
    row_count: int
    cell_count: int


class HoldReader(Protocol):
    """Whether a workspace is held; a storage tells, and so does a change, of what it sees itself."""

    async def legal_hold(self, workspace_id: int) -> LegalHold | None:
        """The hold that is on, if any: then nothing of the workspace may be removed."""
        ...


class RetentionReader(Protocol):
    """What is still there."""

    async def retention(self, workspace_id: int) -> Retention:
        """What was set for each data mode, and since when its calls are there."""
        ...


class RetentionStore(RetentionReader, HoldReader, Protocol):
    """Removing what is older. All of it can be done again from its beginning, by several at once."""

    async def raw_starts(self) -> dict[tuple[int, str], int]:
        """Since when rows are there, by workspace and data mode, of those of which some may be gone."""
        ...

    async def advance_retention(self, workspace_id: int, to: Mapping[str, Kept]) -> Retention:
        """Say that calls are there from these instants on, by data mode; they never move back.

        From then on no read shows what is older. Raises HeldError, and moves nothing, while a hold is on.
        """
        ...

    async def remove_rows(self, workspace_id: int, job_id: int, row_count_max: int, now: int) -> int:
        """Remove so many rows at most that are older than `raw_from`, for a job that counts them.

        Sums stay, and so do rows that no rollup holds; of those that none can hold, the ones that are older
        than `summary_from` go. Once there are no more, voided calls of that time are gone too, and what
        corrected ones were. Ids of rows that were received a short while before `now` stay used (SPENT_MS).
        Returns how many were removed; -1 when there are no more. Raises HeldError.
        """
        ...

    async def remove_cells(self, workspace_id: int, job_id: int, cell_count_max: int) -> int:
        """Remove so many quarter cells at most that are older than `summary_from`, out of coarser ones too.

        Returns how many were removed, 0 when there are no more. Raises HeldError.
        """
        ...

    async def unfinished_retentions(self) -> set[int]:
        """The workspaces with rows that are older than `raw_from`: some are left, or came late."""
        ...

    async def give_back(self, page_count_max: int) -> int:
        """Give so many pages that nothing uses back to the file system; how many bytes, 0 when none are left.

        Where the database reuses its room by itself and does not give it back, always 0.
        """
        ...

    async def compact(self) -> None:
        """Write the database anew without the room that nothing uses. Others may have to wait meanwhile.

        From then on `give_back` works, if the database was made before it did.
        """
        ...

    async def database_bytes(self) -> int:
        """How much room the database takes; 0 where it takes none on a disk."""
        ...

    async def removed(self, workspace_id: int, job_id: int) -> list[Removed]:
        """What a job has removed, by data mode and month."""
        ...


class RetentionChanges(HoldReader, Protocol):
    """Changes of what is kept."""

    async def retention(self, workspace_id: int) -> Retention:
        """See RetentionReader."""
        ...

    async def set_retention(self, workspace_id: int, days: Mapping[str, Days]) -> None:
        """Set the days of these data modes."""
        ...

    async def put_hold(self, workspace_id: int, hold: LegalHold) -> bool:
        """Put a hold on; False when there is one."""
        ...

    async def lift_hold(self, workspace_id: int) -> bool:
        """Take the hold off; False when there is none."""
        ...
