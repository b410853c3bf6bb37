"""Clearing away names that nothing refers to any more: deletions, erasures and retention leave some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

NAMES_LOOKED_AT_MAX: Final = 5_000
"""How many names of a field are looked at for what stands within them."""


@dataclass
class NameSweep:
    """A sweep of a workspace's names that is under way in this process.

    `used` has a byte for each name up to `last_name_id`, by its number: 1 once something that refers to it
    was found. `mark` is how often stored rows had been given other names, or had gone, when it began.
    `place` is how far looking has come, in the storage's own terms; None when all was looked through.
    """

    workspace_id: int
    mark: int
    last_name_id: int
    used: bytearray
    last_row_id: int = 0
    last_hold_id: int = 0
    place: tuple[int, ...] | None = (0,)
    dropped_to: int = 0


class NameStore(Protocol):
    """Sweeping. Ingest goes on meanwhile, with names that are being swept as well."""

    async def begin_name_sweep(self, workspace_id: int) -> NameSweep | None:
        """A new sweep; None while none can be made (an erasure is under way)."""
        ...

    async def look_for_names(self, sweep: NameSweep, row_count_max: int) -> None:
        """Look through so many more rows or sums for what they refer to; `place` is None after the last."""
        ...

    async def drop_names(self, sweep: NameSweep, name_count_max: int) -> int | None:
        """Drop so many unused names at most, once all was looked through; how many, 0 when none are left.

        None, and nothing is dropped, when the sweep has to begin anew: since it began, names were given to
        older rows, or rows went. What processes remember of names is forgotten with them.
        """
        ...

    async def name_count(self, workspace_id: int) -> int:
        """How many names the workspace has."""
        ...

    async def names_by_age(self, workspace_id: int, field: str, names: Sequence[str]) -> list[str]:
        """Those of some names of a field of events that are known, the one that was stored first at the head.

        A name of which no call is left may have been forgotten; stored again, it is new.
        """
        ...

    async def names_with(self, workspace_id: int, field: str, text: str, limit: int) -> list[str]:
        """Names of a field of events (such as "user_id") that have the text in them, however it is written.

        Those first that begin with it. Looks into the index of names alone: at those that begin with the text
        as it is, and at the first NAMES_LOOKED_AT_MAX of the field. A name may be of calls that are gone.
        """
        ...
