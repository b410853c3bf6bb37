"""What is done by itself, looked for now and then in every process that serves (actions.jobs.schedule)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from farthing.actions.jobs.schedule import run_due
from farthing.actions.jobs.schedules import SCHEDULES
from farthing.actions.parts import Parts
from farthing.storage.contract import StorageError

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 2.0


@asynccontextmanager
async def ticking(parts: Parts) -> AsyncIterator[None]:
    """What is due being done for as long as the block runs."""
    task = asyncio.create_task(_tick(parts), name="clockwork")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _tick(parts: Parts) -> None:
    while True:
        await asyncio.sleep(_LOOK_SECONDS)  # first of all: a server that has just started has enough to do
        try:
            await run_due(parts, SCHEDULES)
        except StorageError as error:
            log.warning("what is done by itself waits", reason=str(error))
