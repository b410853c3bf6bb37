"""When something is sent that is sent once a day or week: a time on the wall clock of a zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from farthing.rules.periods import local_date

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
_LOOKED_AT_DAYS: Final = 16
"""Further back than two weeks nothing is looked for: a week has each weekday, even where a zone skips one."""


class SendTime(msgspec.Struct, frozen=True):
    """`minute` after midnight; `weekday` is 0 for Monday to 6, None for every day."""

    minute: int
    timezone: str
    weekday: int | None = None


def last_due(when: SendTime, now: int) -> int:
    """The last instant up to `now` at which it was time, in UTC milliseconds.

    A time that a clock change skips comes as much later; of one that comes twice the first counts.
    """
    zone = ZoneInfo(when.timezone)
    today = local_date(now, zone)
    days = (today - timedelta(days=back) for back in range(-1, _LOOKED_AT_DAYS))
    due = (_instant(day, when.minute, zone) for day in days if when.weekday in (None, day.weekday()))
    return next(at for at in due if at <= now)


def _instant(day: date, minute: int, zone: ZoneInfo) -> int:
    there = datetime.combine(day, time(minute // 60, minute % 60)).replace(tzinfo=zone)
    return (there.astimezone(UTC) - _EPOCH) // _MS
