"""Ranges of time and the local buckets that charts are drawn in.

Times are UTC milliseconds, ranges half open. A bucket is a local quarter hour, hour, day, week (from Monday)
or month; its edges come from the zone's own rules, so a day with a clock change has 23, 25 or 23.5 hours.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal
from zoneinfo import ZoneInfo

Step = Literal["15m", "hour", "day", "week", "month"]
STEPS: Final[tuple[Step, ...]] = ("15m", "hour", "day", "week", "month")

QUARTER_MS: Final = 900_000
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000
BUCKETS_MAX: Final = 3_000
"""More buckets than this make no chart; the question is refused rather than cut."""
_LENGTH_MS_MAX: Final = {
    "15m": QUARTER_MS,
    "hour": HOUR_MS,
    "day": 25 * HOUR_MS,
    "week": 8 * DAY_MS,
    "month": 32 * DAY_MS,
}
"""No bucket is longer, clock changes included: a cheap way to see that there are too many."""


@dataclass(frozen=True)
class Window:
    """A half-open range of UTC milliseconds."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"end ({self.end}) lies before start ({self.start})")

    @property
    def previous(self) -> Window:
        """The window of equal length right before this one."""
        return Window(self.start - (self.end - self.start), self.start)


RANGES: Final = ("today", "24h", "7d", "14d", "30d", "90d", "mtd", "last_month")


def preset(name: str, now: int, zone: ZoneInfo) -> Window:
    """The window that a preset of RANGES means at `now`.

    Rolling presets end at the next full quarter hour (so that an event of this very moment is in) and start
    the full length before the quarter hour that `now` is in. Raises KeyError for a name not in RANGES.
    """
    end = (now // QUARTER_MS + 1) * QUARTER_MS
    rolling_days = {"24h": 1, "7d": 7, "14d": 14, "30d": 30, "90d": 90}
    if name in rolling_days:
        return Window(end - QUARTER_MS - rolling_days[name] * DAY_MS, end)
    today = local_date(now, zone)
    month = today.replace(day=1)
    starts = {"today": today, "mtd": month, "last_month": (month - timedelta(days=1)).replace(day=1)}
    start = midnight(starts[name], zone)
    return Window(start, midnight(month, zone) if name == "last_month" else end)


def local_date(at: int, zone: ZoneInfo) -> date:
    """The calendar day in `zone` that holds the instant."""
    return datetime.fromtimestamp(at / 1000, zone).date()


@lru_cache(maxsize=4096)
def midnight(day: date, zone: ZoneInfo) -> int:
    """The first instant of a local day.

    Where a clock change skips midnight that is the end of the gap; for a day that a zone skipped altogether
    it is the start of the next. Of a midnight that the clock shows twice it is the first.
    """
    naive = datetime.combine(day, time())
    there = naive.replace(tzinfo=zone).astimezone(UTC)
    is_shown = there.astimezone(zone).replace(tzinfo=None) == naive
    return _ms(there) if is_shown else _first_of(day, zone)


def _first_of(day: date, zone: ZoneInfo) -> int:
    """The first instant of `day`, or of a later day if that one never was, by bisection."""
    low = _ms(datetime.combine(day, time(), UTC)) - 2 * DAY_MS
    high = low + 4 * DAY_MS
    while high - low > 1:
        middle = (low + high) // 2
        if local_date(middle, zone) >= day:
            high = middle
        else:
            low = middle
    return high


def bucket_edges(window: Window, step: Step, zone: ZoneInfo) -> list[int]:
    """The starts of the local buckets that cover `window`, ascending, and the end of the last.

    The buckets are those of the zone and the step, whatever the window: the first holds its start, the last
    its last instant; an empty window gets the bucket that holds it. Raises ValueError when there are more
    than BUCKETS_MAX.
    """
    at_least = (window.end - window.start) // _LENGTH_MS_MAX[step]
    if at_least > BUCKETS_MAX:
        raise _too_many(at_least, step)
    on_clock = step in ("15m", "hour")
    edges = _clock_edges(window, step, zone) if on_clock else _calendar_edges(window, step, zone)
    first = bisect_right(edges, window.start) - 1
    last = bisect_left(edges, window.end, lo=first + 1)
    if last - first > BUCKETS_MAX:
        raise _too_many(last - first, step)
    return edges[first : last + 1]


def _too_many(count: int, step: Step) -> ValueError:
    return ValueError(f"{count} buckets of one {step} exceed the most that is drawn ({BUCKETS_MAX})")


def _clock_edges(window: Window, step: Step, zone: ZoneInfo) -> list[int]:
    """Where the wall clock shows a full quarter hour or hour, and where it is changed; around `window`.

    A clock change ends a bucket even when it comes within one (Lord Howe moves by half an hour): a bucket is
    never two local hours.
    """
    size = QUARTER_MS if step == "15m" else HOUR_MS
    around = Window(window.start - size, window.end + size + 1)
    edges: list[int] = []
    for start, end, offset in stretches(around, zone):
        full = start + -(start + offset) % size
        if around.start < start < full:
            edges.append(start)
        edges.extend(range(full, end, size))
    return edges


def _calendar_edges(window: Window, step: Step, zone: ZoneInfo) -> list[int]:
    """The midnights that begin a day, week or month; around `window`."""
    day = _first_day(local_date(window.start, zone), step)
    edges = [midnight(day, zone)]
    while edges[-1] < window.end or edges[-1] <= window.start:
        day = _next_day(day, step)
        at = midnight(day, zone)
        if at > edges[-1]:  # a day that a zone skipped altogether has no bucket
            edges.append(at)
    return edges


def _first_day(day: date, step: Step) -> date:
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _next_day(day: date, step: Step) -> date:
    if step == "month":
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if step == "week" else 1)


def stretches(window: Window, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """`window` cut where the zone's offset changes: (start, end, offset in ms), in order."""
    cuts = [window.start]
    probe = window.start
    while probe < window.end:
        following = min(probe + DAY_MS, window.end)
        if offset_ms(probe, zone) != offset_ms(following, zone):
            cuts.append(_change_between(probe, following, zone))
        probe = following
    cuts.append(window.end)
    return [(a, b, offset_ms(a, zone)) for a, b in pairwise(cuts) if b > a]


def _change_between(low: int, high: int, zone: ZoneInfo) -> int:
    """The first instant in (low, high] at which the offset is no longer that of `low`."""
    before = offset_ms(low, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if offset_ms(middle, zone) == before:
            low = middle
        else:
            high = middle
    return high


def offset_ms(at: int, zone: ZoneInfo) -> int:
    """What the zone's wall clock is ahead of UTC at the instant, in ms."""
    offset = datetime.fromtimestamp(at / 1000, zone).utcoffset()
    return int((offset or timedelta()) / timedelta(milliseconds=1))


def _ms(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
