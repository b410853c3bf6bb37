"""Exports that are made by themselves: when, of which period, and what follows failure and absence."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from farthing.rules.periods import Step, Window, bucket_edges, local_date
from farthing.rules.retries import wait_ms

Rhythm = Literal["daily", "weekly", "monthly"]
RHYTHMS: Final[tuple[Rhythm, ...]] = get_args(Rhythm)
ScheduleState = Literal["off", "waiting", "running", "retrying", "failed"]
DestinationKind = Literal["folder", "s3"]
DESTINATION_KINDS: Final[tuple[DestinationKind, ...]] = get_args(DestinationKind)
SCHEDULES_MAX: Final = 50
"""What a workspace may have."""
ATTEMPTS_MAX: Final = 8
"""After so many a period is given up: some ten hours after the first, so that no day waits for another."""
CATCH_UP_MAX: Final = 31
"""So many missed periods are made up for, the newest; what is older is passed over, and that is told."""
_STEPS: Final[dict[Rhythm, Step]] = {"daily": "day", "weekly": "week", "monthly": "month"}


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """Where files go; what is not of the kind is empty. The secret of a bucket is kept apart.

    `folder` is below the folder that the operator allows. `endpoint` is the address of an S3-compatible
    service, which is asked for `bucket` in its path; objects are named from `prefix` on.
    """

    kind: DestinationKind
    folder: str = ""
    endpoint: str = ""
    region: str = ""
    bucket: str = ""
    prefix: str = ""
    key_id: str = ""


class BucketSecret(msgspec.Struct, frozen=True):
    """What requests to a bucket are signed with: never shown, logged or entered in the audit log."""

    text: str

    def __repr__(self) -> str:
        """Without the secret: a traceback may be logged."""
        return "BucketSecret(…)"


class ExportSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """What is exported by itself, when, and where to.

    `filters` are the parameters of a URL that ask for the calls, without times. At `at_minute` after local
    midnight of the day after a day, week or month (from Monday) of `timezone`, that period is exported.
    `next_start` is the start of the next period to be exported, `next_at` when it is looked at next.

    `job_id` is of the job that exports that period, 0 while there is none. `attempt_count` counts the ended
    ones that failed, `error` is what the last of any period failed for, None once one succeeded. `created_by`
    is a person. `version` grows with every stored change.
    """

    id: int = 0
    workspace_id: int
    name: str
    what: Literal["requests", "summary"]
    format: str
    focus_version: str = ""
    dimensions: tuple[str, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    every: Rhythm
    at_minute: int
    timezone: str
    destination: Destination
    is_enabled: bool = True
    next_start: int
    next_at: int
    job_id: int = 0
    attempt_count: int = 0
    error: str | None = None
    created_by: int
    created_at: int
    removed_at: int | None = None
    version: int = 0

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def state(self) -> ScheduleState:
        """Waiting for the next period to be due; retrying after failures; failed once one was given up."""
        if not self.is_enabled:
            return "off"
        if self.job_id:
            return "running"
        if self.attempt_count:
            return "retrying"
        return "waiting" if self.error is None else "failed"

    @property
    def next_period(self) -> Window:
        """The period to be exported next."""
        return period_at(self.next_start, self.every, self.zone)


def period_at(at: int, every: Rhythm, zone: ZoneInfo) -> Window:
    """The local day, week or month that holds the instant."""
    start, end = bucket_edges(Window(at, at), _STEPS[every], zone)
    return Window(start, end)


def last_period(at: int, every: Rhythm, zone: ZoneInfo) -> Window:
    """The last one that is over at the instant."""
    return period_at(period_at(at, every, zone).start - 1, every, zone)


def due_at(period: Window, at_minute: int, zone: ZoneInfo) -> int:
    """When a period is exported: on the day after it, once the wall clock shows that time.

    Where clocks go forward over that time it is as long after midnight as on other days; where it comes
    twice, the first.
    """
    shown = datetime.combine(local_date(period.end, zone), time(at_minute // 60, at_minute % 60), zone)
    at = (shown.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    return max(at, period.end)


def period_name(period: Window, every: Rhythm, zone: ZoneInfo) -> str:
    """E.g. "2026-02-07", "2026-W06" or "2026-02"."""
    day = local_date(period.start, zone)
    if every == "weekly":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    return day.isoformat()[:7] if every == "monthly" else day.isoformat()


def begun(schedule: ExportSchedule, now: int) -> ExportSchedule:
    """From now on: the first period to be exported is the one that is not over yet."""
    period = period_at(now, schedule.every, schedule.zone)
    fresh = replace(schedule, next_start=period.start, job_id=0, attempt_count=0, error=None)
    return timed(fresh)


def timed(schedule: ExportSchedule) -> ExportSchedule:
    """The same, to be looked at when its next period is due."""
    at = due_at(schedule.next_period, schedule.at_minute, schedule.zone)
    return replace(schedule, next_at=at)


def succeeded(schedule: ExportSchedule) -> ExportSchedule:
    """The period was exported; the next follows."""
    return replace(_following(schedule), error=None)


def failed(schedule: ExportSchedule, error: str, now: int, chance: float) -> tuple[ExportSchedule, bool]:
    """An attempt failed: to be tried again, later each time, or given up, which the second value says."""
    count = schedule.attempt_count + 1
    if count >= ATTEMPTS_MAX:
        return replace(_following(schedule), error=error), True
    again = now + wait_ms(count, chance)
    return replace(schedule, job_id=0, attempt_count=count, next_at=again, error=error), False


def caught_up(schedule: ExportSchedule, now: int) -> tuple[ExportSchedule, int]:
    """At most CATCH_UP_MAX due periods from the next on; the second value says how many were passed over."""
    starts = []
    each = schedule
    while each.next_at <= now and due_at(each.next_period, each.at_minute, each.zone) <= now:
        starts.append(each)
        each = _following(each)
    passed_over = max(len(starts) - CATCH_UP_MAX, 0)
    return (starts[passed_over], passed_over) if passed_over else (schedule, 0)


def _following(schedule: ExportSchedule) -> ExportSchedule:
    start = schedule.next_period.end
    return timed(replace(schedule, next_start=start, job_id=0, attempt_count=0))
