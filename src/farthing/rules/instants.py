"""Times on the wire: ISO 8601 in UTC with Z, milliseconds only where there are any."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def instant(at: int) -> str:
    """UTC milliseconds as text, e.g. "2026-02-07T10:00:00Z".

    Remembered, as every group of a bucket begins with it.
    """
    moment = _EPOCH + timedelta(milliseconds=at)
    detail = "milliseconds" if at % 1_000 else "seconds"
    return moment.isoformat(timespec=detail).removesuffix("+00:00") + "Z"


def local_text(at: int, zone: ZoneInfo) -> str:
    """UTC milliseconds on the clock of a zone, to the second, e.g. "2026-02-07 11:00:00+01:00"."""
    return (_EPOCH + timedelta(milliseconds=at)).astimezone(zone).isoformat(" ", "seconds")
