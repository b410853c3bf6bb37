"""A copy that nobody feeds any more: the ledger stops noting changes for it."""

from __future__ import annotations

from typing import Final

import structlog

from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.periods import DAY_MS, HOUR_MS
from farthing.storage.contract import RowFeed

log = structlog.get_logger(__name__)

_UNREAD_MS: Final = 7 * DAY_MS


async def forget_where_unread(parts: Parts) -> None:
    """End the feed of a copy that this process knows nothing of, and that took nothing for a week."""
    ledger = parts.storage
    if parts.analytics is not None or not isinstance(ledger, RowFeed):
        return
    feed = await ledger.feed()
    if feed is not None and feed.is_on and feed.read_at + _UNREAD_MS < parts.clock.now():
        await ledger.end_feed()
        log.info("the analytics copy is not fed any more: it took nothing for a week")


FORGET_FEED: Final = Schedule("forget_copy", HOUR_MS, forget_where_unread)
