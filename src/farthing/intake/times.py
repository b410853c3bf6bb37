"""When a call happened, as its sender says it (contract D12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
FUTURE_MS_MAX: Final = 10 * 60 * 1000
"""How far a sender's clock may be ahead before the time of receipt is used instead."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)


def read_time(text: str) -> int:
    """UTC milliseconds of an ISO-8601 date and time; without an offset it is UTC.

    Raises ValueError with a message for people.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ValueError(
            f'must be an ISO-8601 date and time such as 2026-02-07T10:30:00Z, not "{text[:40]}"'
        ) from error
    try:
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f'is out of range: "{text[:40]}"') from error
    if at < EARLIEST:
        raise ValueError(f'lies before {EARLIEST.date()}: "{text[:40]}"')
    return (at - _EPOCH) // _MS
