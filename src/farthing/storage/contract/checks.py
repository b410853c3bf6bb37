"""What a storage offers to whoever wants to see that what it has worked out is what its rows say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol

Grain = Literal["quarter", "hour", "day", "month"]
GRAINS: Final[tuple[Grain, ...]] = ("quarter", "hour", "day", "month")
"""In the order in which each is worked out of the one before."""


@dataclass(frozen=True)
class CellFault:
    """Sums that are not what they should be: so many groups of a family, of one grain, in a span of time."""

    family: str
    grain: Grain
    group_count: int


@dataclass(frozen=True)
class RowFault:
    """Rows that name what is not there, or that are not found by their id."""

    what: str
    row_count: int


class CheckStore(Protocol):
    """Check sums and rows of a workspace, a span of time at once, and work sums out anew.

    Spans are half open, in quarter hours since 1970. One for days or months is to be made of whole ones, in
    the workspace's zone. Rows that are removed, as they were kept for so long, are not missed.
    """

    async def stored_span(self, workspace_id: int) -> tuple[int, int] | None:
        """From the first quarter that has rows or sums to the end of the last; None when there are none."""
        ...

    async def check_cells(self, workspace_id: int, grain: Grain, span: tuple[int, int]) -> list[CellFault]:
        """Compare quarters with rows, and coarser sums with quarters."""
        ...

    async def repair_cells(self, workspace_id: int, grain: Grain, span: tuple[int, int]) -> None:
        """Work the sums of a grain out anew, from rows or quarters. Coarser ones are then to follow."""
        ...

    async def check_rows(self, workspace_id: int, span: tuple[int, int]) -> list[RowFault]:
        """See that each row's names and rate card are there, and that its id leads to it."""
        ...
