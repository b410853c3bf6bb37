"""Random events and random questions, for every test that wants them.

Alphabets are small and sizes are low, so that names meet, ids repeat and edges are hit.
"""

from __future__ import annotations

from tests.strategies.choices import choices
from tests.strategies.events import COUNT_MAX, INT64_MAX, small_events
from tests.strategies.moments import MOMENTS, TIMEZONES, Moment, instants, moments, utc_ms, windows
from tests.strategies.questions import fact_queries, filters
from tests.strategies.whole_events import whole_events

__all__ = [
    "COUNT_MAX",
    "INT64_MAX",
    "MOMENTS",
    "TIMEZONES",
    "Moment",
    "choices",
    "fact_queries",
    "filters",
    "instants",
    "moments",
    "small_events",
    "utc_ms",
    "whole_events",
    "windows",
]
