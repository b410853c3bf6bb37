"""Clearing away sign-ins, invitations and password links that nobody can use any more."""

from __future__ import annotations

from typing import Final

import structlog

from farthing.actions.jobs.schedule import Schedule
from farthing.actions.parts import Parts
from farthing.rules.periods import DAY_MS

log = structlog.get_logger(__name__)

_KEPT_DAYS: Final = 90
"""An invitation that was missed can be looked at, and sent again, for so long."""


async def forget_ended(parts: Parts) -> None:
    """Drop what was over before the days that it is kept."""
    count = await parts.storage.forget_ended(parts.clock.now() - _KEPT_DAYS * DAY_MS)
    if count:
        log.info("what had ended was forgotten", count=count)


FORGET_ENDED: Final = Schedule("forget_ended", DAY_MS, forget_ended)
