"""Whether a new price book may take the place of the one that holds: what speaks against it, as values."""

from __future__ import annotations

from datetime import date

import msgspec

from farthing.prices.checks import faults
from farthing.prices.faults import Fault
from farthing.prices.snapshot import Snapshot
from farthing.prices.soundness import unsound
from farthing.prices.succession import backdated, big_changes, lost, reannounced, rewritten
from farthing.rules.pricebook import PriceBook


class Verdict(msgspec.Struct, frozen=True):
    """Rows that break a rule, and rows that somebody has to look at before they may hold."""

    refused: tuple[Fault, ...] = ()
    to_confirm: tuple[Fault, ...] = ()


def judge(before: PriceBook, after: PriceBook, now: int) -> Verdict:
    """What speaks against `after` at `now` (UTC ms), row by row. A book may always follow itself."""
    listed = {(entry.provider, entry.model): entry for entry in before.models}
    refused = [
        *faults(after.models),
        *lost(before, after),
        *rewritten(before, after, now),
        *(
            fault
            for entry in after.models
            for fault in unsound(entry, listed.get((entry.provider, entry.model)))
        ),
    ]
    doubtful = (
        *reannounced(before, after, now),
        *backdated(before, after, now),
        *big_changes(before, after),
    )
    return Verdict(tuple(refused), doubtful)


def untimely(before: Snapshot, after: Snapshot, today: date) -> str | None:
    """Why the day on which a book was made speaks against it, or None."""
    if after.date < before.date:
        return f"the book is of {after.date}, that which holds of {before.date}; the later one holds"
    if after.date > today.isoformat():
        return f"the book is of {after.date}, which has not come yet"
    return None
