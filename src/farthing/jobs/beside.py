"""All that a process does beside serving."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from farthing.actions.parts import Parts
from farthing.jobs.clockwork import ticking
from farthing.jobs.copying import copying
from farthing.jobs.runner import working
from farthing.jobs.sending import sending


@asynccontextmanager
async def beside_serving(parts: Parts) -> AsyncIterator[None]:
    """Jobs, what is done by itself and messages being looked after for as long as the block runs."""
    async with working(parts), ticking(parts), sending(parts), copying(parts):
        yield
