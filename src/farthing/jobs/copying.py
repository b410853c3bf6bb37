"""The analytics copy being kept up with the ledger, by one of the processes that serve at a time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

import structlog

from farthing.actions.analytics.desk import Analytics
from farthing.actions.analytics.turn import Turn
from farthing.actions.parts import Parts
from farthing.storage.contract import CopyUnavailableError, StorageError

log = structlog.get_logger(__name__)

_WORK_SECONDS: Final = 9.5
"""A process copies for so long before others may: a command that waits for its turn gets it."""
_LOOK_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 5.0
_NUMBERS: Final = re.compile(r"[\d.]+")


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
            if await _take_turn(analytics, Turn(parts.storage, parts.clock)):
                told = ""
            await asyncio.sleep(_LOOK_SECONDS)
            continue
        except (CopyUnavailableError, StorageError) as error:
            if (kind := _NUMBERS.sub("", str(error))) != told:  # how little room is left changes
                log.warning("the analytics copy waits", reason=str(error))
                told = kind
        except Exception:
            log.exception("the analytics copy could not be fed")
        await asyncio.sleep(_AGAIN_SECONDS)


async def _take_turn(analytics: Analytics, turn: Turn) -> bool:
    """Copy whatever comes, for a while; False where another has the turn."""
    if not await turn.take():
        return False
    end = monotonic() + _WORK_SECONDS
    try:
        while monotonic() < end and await turn.take():
            if (await analytics.copying.step()).is_idle:
                await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await turn.end()
    return True
