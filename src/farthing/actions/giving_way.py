"""Long work in steps lets those who send calls go first."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from farthing.actions.parts import Recorder

_SECONDS_MAX: Final = 0.1


async def give_way(recorder: Recorder) -> None:
    """Wait until the writer has nothing to do, for a tenth of a second at most.

    Turns are taken in the order in which they were asked for: when the writer folds between two steps, and
    the next step asks before it is done, a call waits for both of them.
    """
    with suppress(TimeoutError):
        await asyncio.wait_for(recorder.rest(), _SECONDS_MAX)
