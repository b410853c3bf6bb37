"""When something that could not be sent is tried again."""

from __future__ import annotations

from typing import Final

SECOND_MS: Final = 1_000
ATTEMPTS_MAX: Final = 10
"""After so many a delivery is given up: some 22 hours after the first."""
_FIRST_MS: Final = 10 * SECOND_MS
_FACTOR: Final = 4
_LONGEST_MS: Final = 6 * 3_600 * SECOND_MS
_ASKED_MS_MAX: Final = 24 * 3_600 * SECOND_MS
_JITTER: Final = 0.2


def wait_ms(attempt_count: int, chance: float, asked_s: float | None = None) -> int:
    """How long to wait after so many attempts: 10 s, 40 s, 2 min 40 s, 10 min 40 s, … 6 h at most.

    `chance`, from 0 to 1, shifts that by up to a fifth either way, so that what failed together is not tried
    together. If the receiver asked for a longer pause, it is that, up to a day.
    """
    grown = min(_FIRST_MS * _FACTOR ** (attempt_count - 1), _LONGEST_MS)
    shifted = int(grown * (1 + _JITTER * (2 * chance - 1)))
    if asked_s is None:
        return shifted
    return max(shifted, min(int(asked_s * SECOND_MS), _ASKED_MS_MAX))


def schedule_ms() -> list[int]:
    """The waits between attempts, before chance has shifted them."""
    return [wait_ms(attempt, 0.5) for attempt in range(1, ATTEMPTS_MAX)]
