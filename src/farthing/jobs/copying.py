"""The analytics copy being kept up with the ledger, by one of the processes that serve at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

import structlog

from farthing.actions.analytics.copying import TURN, TURN_MS
from farthing.actions.analytics.desk import Analytics
from farthing.actions.parts import Parts
from farthing.storage.contract import CopyUnavailableError, StorageError

log = structlog.get_logger(__name__)

_WORK_SECONDS: Final = 9.5
"""A process copies for so long before its turn ends: steps that are late are harmless, but wasted."""
_LOOK_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 5.0


@asynccontextmanager
async def copying(parts: Parts) -> AsyncIterator[None]:
    """The copy being fed for as long as the block runs, where there is one."""
    if parts.analytics is None:
        yield
        return
    task = asyncio.create_task(_keep_up(parts, parts.analytics), name="analytics-copy")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _keep_up(parts: Parts, analytics: Analytics) -> None:
    told = ""
    while True:
        try:
            await analytics.copy.open()  # whoever does not feed it reads from it
            now = parts.clock.now()
            if await parts.storage.claim(TURN, now, now + TURN_MS):
                await _take_turn(analytics)
                told = ""
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        except (CopyUnavailableError, StorageError) as error:
            if str(error) != told:
                log.warning("the analytics copy waits", reason=str(error))
                told = str(error)
        except Exception:
            log.exception("the analytics copy could not be fed")
        await asyncio.sleep(_AGAIN_SECONDS)


async def _take_turn(analytics: Analytics) -> None:
    """Copy whatever comes until the turn is nearly over."""
    end = monotonic() + _WORK_SECONDS
    while monotonic() < end:
        if (await analytics.copying.step()).is_idle:
            await asyncio.sleep(_LOOK_SECONDS)
