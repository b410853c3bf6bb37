"""How often signing in failed lately, by address and e-mail: the brake on guessing passwords."""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from farthing.actions.errors import TooManyAttemptsError
from farthing.clock import Clock

FAILURES_MAX: Final = 5
WINDOW_MS: Final = 5 * 60_000
_PAIRS_MAX: Final = 10_000


class Attempts:
    """Failures of the last five minutes, in this process's memory; when it is full, the oldest are forgotten.

    An attempt counts as failed from its start until `succeeded` says otherwise, so that many at once cannot
    slip through while the first is still being checked.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: OrderedDict[tuple[str, str], list[int]] = OrderedDict()

    def begin(self, address: str, email: str) -> None:
        """Count an attempt. Raises TooManyAttemptsError, uncounted, when enough have failed lately."""
        now = self._clock.now()
        pair = (address, email)
        recent = [at for at in self._times.get(pair, ()) if now - at < WINDOW_MS]
        if len(recent) >= FAILURES_MAX:
            raise TooManyAttemptsError(max(1, -((now - recent[0] - WINDOW_MS) // 1_000)))
        self._times[pair] = [*recent, now]
        self._times.move_to_end(pair)
        while len(self._times) > _PAIRS_MAX:
            self._times.popitem(last=False)

    def succeeded(self, address: str, email: str) -> None:
        """Forget the failures of a pair that has signed in."""
        self._times.pop((address, email), None)
