"""Hours of the week, which people keep whatever the clocks do."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window
from farthing.rules.week import hours_of_week, is_weekend
from tests.strategies import MOMENTS, Moment, utc_ms


def test_the_week_begins_on_monday_at_midnight() -> None:
    start = utc_ms("2026-11-23T00:00Z")  # a Monday
    assert hours_of_week(Window(start, start + 7 * DAY_MS), HOUR_MS, ZoneInfo("UTC")) == list(range(168))
    assert [is_weekend(hour) for hour in (0, 119, 120, 167)] == [False, False, True, True]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("step", [QUARTER_MS, HOUR_MS])
def test_every_step_has_the_local_hour_it_begins_in(moment: Moment, step: int) -> None:
    zone = ZoneInfo(moment.timezone)
    start = moment.at - moment.at % HOUR_MS - 2 * DAY_MS
    found = hours_of_week(Window(start, start + 4 * DAY_MS), step, zone)
    clocks = [datetime.fromtimestamp(at / 1000, zone) for at in range(start, start + 4 * DAY_MS, step)]
    assert found == [clock.weekday() * 24 + clock.hour for clock in clocks]
