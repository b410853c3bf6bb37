"""How clean the stored calls are, and what came beside them that made no call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from farthing.reports.hygiene_facts import HygieneGroup, HygieneQuery, IntakeKey
from farthing.reports.row_groups import RowGroups


class HygieneStore(Protocol):
    """Counts for the hygiene report."""

    async def hygiene_groups(self, query: HygieneQuery) -> RowGroups[HygieneGroup]:
        """The calls by all that groups tell apart, in no order; none of them is empty.

        Reads every row of the window once. Raises StorageError when that takes longer than a read may.
        """
        ...

    async def add_intake_counts(self, counts: Mapping[IntakeKey, int]) -> None:
        """Add to what is counted."""
        ...

    async def intake_counts(self, workspace_id: int, start_day: int, end_day: int) -> dict[IntakeKey, int]:
        """What was counted of a workspace on the days in [start_day, end_day)."""
        ...
