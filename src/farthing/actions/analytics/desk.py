"""What a process has to do with the analytics copy, where one is set up."""

from __future__ import annotations

from dataclasses import dataclass

from farthing.actions.analytics.copying import Copying
from farthing.clock import Clock
from farthing.storage.contract import Feed, RowCopy, RowFeed


@dataclass(frozen=True)
class Standing:
    """How the copy stands: `answers` says whether this process reads from it; if not, `trouble` says why."""

    feed: Feed | None
    answers: bool
    trouble: str | None

    @property
    def rows_behind(self) -> int:
        """How many rows are not in the copy yet, at most."""
        return 0 if self.feed is None else max(0, self.feed.newest_id - self.feed.copied_to)


class Analytics:
    """The copy, the ledger that feeds it, and the copying from one to the other."""

    def __init__(self, ledger: RowFeed, copy: RowCopy, clock: Clock, where: str) -> None:
        self.ledger = ledger
        self.copy = copy
        self.copying = Copying(ledger, copy, clock)
        self.where = where
        """The address of the copy, without a password."""

    async def standing(self) -> Standing:
        """How the copy stands now."""
        feed = await self.ledger.feed()
        is_fed = feed is not None and feed.is_on
        answers = is_fed and self.copy.is_open
        return Standing(feed if is_fed else None, answers, None if answers else self.copy.trouble)
