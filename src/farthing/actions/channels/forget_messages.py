"""Forgetting messages and what became of them."""

from __future__ import annotations

from typing import Final

import structlog

from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.periods import DAY_MS

log = structlog.get_logger(__name__)

KEPT_DAYS: Final = 90


async def forget_messages(parts: Parts) -> None:
    """Drop those that are older than the days they are kept, with their deliveries."""
    count = await parts.storage.forget_messages(parts.clock.now() - KEPT_DAYS * DAY_MS)
    if count:
        log.info("old messages were forgotten", count=count)


FORGET_MESSAGES: Final = Schedule("forget_messages", DAY_MS, forget_messages)
