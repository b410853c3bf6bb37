"""When a channel is not to be disturbed: from a time of day to another, on the wall clock of a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from farthing.rules.message import Severity
from farthing.rules.periods import MINUTE_MS

DAY_MINUTES: Final = 1_440
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_LOOKED_AT: Final = 3 * DAY_MINUTES
"""More minutes than quiet hours can last, even where a zone skips a whole day of the calendar."""


class QuietHours(msgspec.Struct, frozen=True):
    """Minutes after midnight, `start` included and `end` not; they may go over midnight (22:00 to 7:00)."""

    start: int
    end: int
    timezone: str


def quiet_until(quiet: QuietHours | None, severity: Severity, now: int) -> int | None:
    """When a message may be sent that may not be now, in UTC milliseconds; None when it may be sent now.

    What is critical is never held. The wall clock decides, so it is looked at minute for minute: a night in
    which clocks go forward is an hour shorter, and of an hour that comes twice both are quiet if one is.
    """
    if quiet is None or severity == "critical" or not _is_quiet(quiet, now):
        return None
    first = (now // MINUTE_MS + 1) * MINUTE_MS
    later = range(first, first + _LOOKED_AT * MINUTE_MS, MINUTE_MS)
    return next((at for at in later if not _is_quiet(quiet, at)), None)


def _is_quiet(quiet: QuietHours, at: int) -> bool:
    local = (_EPOCH + timedelta(milliseconds=at)).astimezone(ZoneInfo(quiet.timezone))
    minute = local.hour * 60 + local.minute
    if quiet.start <= quiet.end:
        return quiet.start <= minute < quiet.end
    return minute >= quiet.start or minute < quiet.end


def clock_text(minute: int) -> str:
    """E.g. "07:30" for 450 minutes after midnight."""
    return f"{minute // 60:02}:{minute % 60:02}"


def clock_minute(text: str) -> int | None:
    """The minutes behind a time such as "07:30"; None for other text."""
    found = _CLOCK.fullmatch(text)
    return None if found is None else int(found[1]) * 60 + int(found[2])
