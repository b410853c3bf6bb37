"""Bringing the copy up to the ledger, in steps that may each be done twice.

A step reads from one snapshot of the ledger, writes to the copy, and only then notes in the ledger that it is
done. Rows carry the number of the last change that their snapshot saw, and the copy keeps the newer of two,
a row that is gone included, and refuses what was read for a copy before it: so neither a step that is
repeated nor one that comes late leaves anything old behind. Taking turns only saves work.
"""

from __future__ import annotations

from dataclasses import dataclass
from secrets import token_hex
from typing import Final

import structlog

from farthing.clock import Clock
from farthing.storage.contract.copies import (
    ChangedRows,
    CopyState,
    Feed,
    FeedId,
    ForeignCopyError,
    Key,
    RowCopy,
    RowFeed,
)

log = structlog.get_logger(__name__)

ROWS_MAX: Final = 20_000
"""In one step: reading them holds nothing up, and a block of so many is what the engine likes."""
CHANGES_MAX: Final = 5_000
_TIDY_MS: Final = 10 * 60_000
_TIDIED_MAX: Final = 100_000


@dataclass(frozen=True)
class Step:
    """What a step did. With nothing done, the copy is up to the ledger."""

    row_count: int = 0
    change_count: int = 0

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do."""
        return not self.row_count and not self.change_count


class Copying:
    """What keeps one copy up with one ledger. One step at a time."""

    def __init__(self, ledger: RowFeed, copy: RowCopy, clock: Clock, rows_max: int = ROWS_MAX) -> None:
        self._ledger = ledger
        self._copy = copy
        self._clock = clock
        self._rows_max = rows_max
        self._replaced: list[Key] = []
        self._tidy_at = 0
        self._refused_before = 0

    async def step(self) -> Step:
        """Apply what was noted, or else copy new rows.

        Raises CopyUnavailableError, ForeignCopyError for a copy of somebody else's, and StorageError.
        """
        await self._copy.open()
        feed = await self._agreed()
        changed = await self._ledger.changes_to_copy(CHANGES_MAX)
        if changed is not None:
            return await self._apply(feed.id, changed)
        if feed.has_new:
            return await self._add(feed)
        await self._tidy(feed)
        return Step()

    async def begin_anew(self) -> Feed:
        """Throw the copy away, whosever it is; the next steps fill it again."""
        await self._copy.open()
        feed = await self._ledger.begin_feed(token_hex(8), self._clock.now())
        await self._copy.begin(feed.id, feed.change)
        return feed

    async def _agreed(self) -> Feed:
        """The feed, once ledger and copy agree on how far they are; it begins anew where they can't."""
        state, feed = await self._copy.state(), await self._ledger.feed()
        if feed is None or not feed.is_on or state is None:
            if state is not None and feed is None:
                raise ForeignCopyError(_FOREIGN)
            return await self._begun("there is no copy yet")
        if state.id.installation != feed.id.installation:
            raise ForeignCopyError(_FOREIGN)
        reason = _has_changed(feed, state)
        if reason is None and _is_behind(feed, state):  # unless another process went on after it was asked
            later = await self._copy.state()
            reason = "the copy has gone back" if later is None or _is_behind(feed, later) else None
        return feed if reason is None else await self._begun(reason)

    async def _begun(self, reason: str) -> Feed:
        log.info("the analytics copy begins anew", reason=reason)
        return await self.begin_anew()

    async def _add(self, feed: Feed) -> Step:
        new = await self._ledger.rows_to_copy(feed.copied_to, self._rows_max)
        await self._copy.put(new.rows, new.change)
        await self._copy.note_state(CopyState(feed.id, new.last_id, feed.applied_to))
        await self._ledger.rows_copied(feed.id, new.last_id, self._clock.now())
        return Step(row_count=max(1, len(new.rows)))

    async def _apply(self, feed: FeedId, changed: ChangedRows) -> Step:
        now = await self._ledger.feed()
        copied_to = now.copied_to if now else 0
        await self._copy.note_state(CopyState(feed, copied_to, changed.change))
        await self._copy.take_away(gone(changed), changed.change)
        await self._copy.put(changed.rows, changed.change)
        await self._ledger.changes_copied(feed, changed, self._clock.now())
        self._replaced = [*self._replaced, *changed.keys][-_TIDIED_MAX:]
        return Step(change_count=len(changed.keys))

    async def _tidy(self, feed: Feed) -> None:
        """Now and then, take what was replaced off the disk, and the keys of what is gone.

        These keep late rows out. So such rows are refused first, and what was under way then has come when
        it is tidied the next time. What fails is left for then: no key goes before rows are refused.
        """
        now = self._clock.now()
        if now < self._tidy_at or not (self._replaced or self._refused_before):
            return
        self._tidy_at = now + _TIDY_MS
        await self._copy.tidy(self._replaced)
        if self._refused_before:
            await self._copy.forget_gone(self._refused_before)
            self._refused_before = 0
        if self._replaced:
            await self._copy.refuse_before(feed.change)
            self._replaced, self._refused_before = [], feed.change


def gone(changed: ChangedRows) -> list[Key]:
    """The noted keys at which no row stands any more."""
    there = {(row[1], row[2], row[0]) for row in changed.rows}
    return sorted(set(changed.keys) - there)


def _has_changed(feed: Feed, state: CopyState) -> str | None:
    """Why a copy that said this, and a ledger that said that afterwards, are not of each other."""
    if state.id.number != feed.id.number:
        return "it is not the one that the ledger fed last"
    if state.copied_to > feed.last_request_id or state.applying > feed.change:
        return "the ledger has gone back"
    return None


def _is_behind(feed: Feed, state: CopyState) -> bool:
    """Whether the copy lacks what the ledger knows to be in it: it may only be ahead."""
    return state.copied_to < feed.copied_to or state.applying < feed.applied_to


_FOREIGN: Final = (
    "what is there is the copy of another installation, or of this one before it was set up anew; "
    "`farthing analytics rebuild` throws it away"
)
