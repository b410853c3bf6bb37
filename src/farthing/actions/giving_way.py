"""Long work in steps lets those who send calls go first, and holds the writer for a short while at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from typing import Final

from farthing.actions.parts import Recorder

STEP_SECONDS: Final = 0.025
"""How long a step may hold the writer, about: senders wait for it, and for what came before them."""
_WAIT_SECONDS_MAX: Final = 0.1
_REMEMBERED: Final = 3


class Pace:
    """How much a step does, by how long the last ones took: between `least`, the first, and `most`.

    How long so much takes depends on the disk, on what else the machine does, and on the data.
    """

    def __init__(self, least: int, most: int, seconds: float = STEP_SECONDS) -> None:
        self.size = least
        self._least, self._most, self._seconds = least, most, seconds
        self._rates: deque[float] = deque(maxlen=_REMEMBERED)

    def took(self, seconds: float, count: int) -> None:
        """Take into account how long the last step took, and how much it did: often less than it might have.

        The middle one of three counts: a step that had to wait for its turn looks long and is not.
        """
        if count <= 0:
            return
        self._rates.append(seconds / count)
        rate = sorted(self._rates)[len(self._rates) // 2]
        wanted = self._most if rate <= 0 else int(self._seconds / rate)
        self.size = min(max(wanted, self.size // 2, self._least), self.size * 2, self._most)


async def give_way(recorder: Recorder) -> None:
    """Wait until the writer has nothing to do, for a tenth of a second at most.

    Turns are taken in the order in which they were asked for: when the writer folds between two steps, and
    the next step asks before it is done, a call waits for both of them.
    """
    with suppress(TimeoutError):
        await asyncio.wait_for(recorder.rest(), _WAIT_SECONDS_MAX)
