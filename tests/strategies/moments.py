"""The times that tests are about: around the moments at which clocks have done strange things."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final

from hypothesis import strategies as st

from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window


def utc_ms(text: str) -> int:
    """The UTC milliseconds of an ISO time with an offset or "Z"."""
    return round(datetime.fromisoformat(text).timestamp() * 1000)


@dataclass(frozen=True)
class Moment:
    """An instant that matters to a zone."""

    timezone: str
    at: int


MOMENTS: Final = tuple(
    Moment(timezone, utc_ms(text))
    for timezone, text in (
        ("UTC", "2026-11-01T00:00Z"),  # the plain case: a month begins
        ("Asia/Kathmandu", "2026-11-10T18:15Z"),  # midnight, three quarters of an hour off
        ("Europe/Berlin", "2026-03-29T01:00Z"),  # an hour is skipped
        ("Europe/Berlin", "2026-10-25T01:00Z"),  # an hour comes twice
        ("Australia/Lord_Howe", "2026-10-03T15:30Z"),  # half an hour is skipped
        ("Australia/Lord_Howe", "2026-04-04T15:00Z"),  # half an hour comes twice
        ("America/Sao_Paulo", "2018-11-04T03:00Z"),  # midnight is skipped
        ("America/Sao_Paulo", "2018-02-18T02:00Z"),  # the hour before midnight comes twice
        ("Asia/Beirut", "2024-03-30T22:00Z"),  # midnight is skipped
        ("Pacific/Apia", "2011-12-30T10:00Z"),  # a whole day is skipped
        ("America/St_Johns", "2011-03-13T03:31Z"),  # the clock is changed a minute after midnight
        ("America/St_Johns", "2011-11-06T02:31Z"),  # a day has begun for a minute, then the old one is back
    )
)
TIMEZONES: Final = tuple(dict.fromkeys(moment.timezone for moment in MOMENTS))

moments: Final = st.sampled_from(MOMENTS)


def _distances() -> list[int]:
    """Up to twelve quarters, hours or (three) days, and a millisecond beside each."""
    counts = sorted(range(-12, 13), key=abs)
    sizes = [size * count for size in (QUARTER_MS, HOUR_MS, DAY_MS) for count in counts]
    return [size + off for size in dict.fromkeys(sizes) if abs(size) <= 3 * DAY_MS for off in (0, -1, 1)]


_any_distance: Final = st.one_of(st.sampled_from(_distances()), st.integers(-3 * DAY_MS, 3 * DAY_MS))


@cache
def instants(moment: Moment) -> st.SearchStrategy[int]:
    """Times within about three days of the moment, often some whole quarters, hours or days from it."""
    return _any_distance.map(lambda distance: moment.at + distance)


@cache
def windows(moment: Moment = MOMENTS[0]) -> st.SearchStrategy[Window]:
    """Windows around the moment: empty ones, tiny ones, and one that holds all of `instants`."""
    whole = Window(moment.at - 4 * DAY_MS, moment.at + 4 * DAY_MS)
    some = st.tuples(instants(moment), instants(moment)).map(lambda pair: Window(min(pair), max(pair)))
    return st.one_of(st.just(whole), st.just(whole), some)
