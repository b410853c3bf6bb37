"""What one call adds to every rollup, taken away where it was and added where it is.

Unlike `corrections`, which moves many calls whose prices alone have changed, anything of the call may have.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from operator import add
from typing import NamedTuple

from farthing.reports.facts import SUMS
from farthing.storage.sql import corrections
from farthing.storage.sql.corrections import Cell, Found
from farthing.storage.sql.schema import FAMILIES, Family
from farthing.storage.sql.transaction import Transaction


class Share(NamedTuple):
    """A stored call and what it adds to SUMS."""

    found: Found
    facts: list[int]


async def share_of(tx: Transaction, workspace_id: int, request_id: int) -> Share | None:
    """The share of a call as its row is now; None when it is no event."""
    found = await corrections.stored(tx, workspace_id, [request_id])
    if not found:
        return None
    facts = await corrections.facts_of(tx, workspace_id, [request_id])
    return Share(found[0], facts[request_id])


async def move(tx: Transaction, workspace_id: int, before: Share | None, after: Share | None) -> None:
    """Change the rollups of a call that was `before` and is `after` (None: no event).

    Calls that are still to be folded are in no rollup. Raises SumOverflowError.
    """
    shares = [share.found for share in (before, after) if share is not None]
    if not await corrections.folded(tx, shares):
        return
    sealed = await corrections.sealed_of(tx, workspace_id)
    for family in FAMILIES:
        gains: dict[Cell, list[int]] = defaultdict(lambda: [0] * len(SUMS))
        bins: dict[Cell, int] = defaultdict(int)
        for cell, share, sign in _signed(family, before, after):
            gains[cell] = list(map(add, gains[cell], [sign * fact for fact in share.facts]))
            if family.has_latency and share.found.latency_bin is not None:
                bins[*cell, share.found.latency_bin] += sign
        await corrections.gain(tx, workspace_id, family, SUMS, corrections.by_grain(gains, sealed))
        await corrections.move_latency(tx, workspace_id, family, bins, sealed)
        await corrections.drop_empty(tx, workspace_id, family, set(gains), sealed)


def _signed(family: Family, before: Share | None, after: Share | None) -> Iterator[tuple[Cell, Share, int]]:
    """The quarter cells of a family that the call leaves (-1) and enters (1)."""
    for share, sign in ((before, -1), (after, 1)):
        if share is not None:
            yield corrections.cell_of_event(family, share.found.place), share, sign
