"""Times on the wire: ISO 8601 in UTC with Z, milliseconds only where there are any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def instant(at: int) -> str:
    """UTC milliseconds as text, e.g. "2026-02-07T10:00:00Z"."""
    moment = _EPOCH + timedelta(milliseconds=at)
    detail = "milliseconds" if at % 1_000 else "seconds"
    return moment.isoformat(timespec=detail).removesuffix("+00:00") + "Z"
