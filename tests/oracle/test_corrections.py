"""Corrections alone, asked about after each step by every rollup: what random questions seldom come upon."""

from __future__ import annotations

from typing import Final

from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from farthing.reports.facts import FactQuery
from farthing.rules.events import UsageEvent
from farthing.rules.periods import DAY_MS, HOUR_MS, QUARTER_MS, Window
from tests.contract.samples import ALL_MODES, WORKSPACE_ID
from tests.oracle.plain import Books
from tests.oracle.programs import Amend, Fold, Record, Restore, Seal, Step, Void
from tests.oracle.test_oracle import compare, take
from tests.storages import Places, install, opened
from tests.strategies import small_events, utc_ms

START: Final = utc_ms("2026-11-10T00:00Z")
NOW: Final = START + 5 * DAY_MS
WINDOW: Final = Window(utc_ms("2026-11-01T00:00Z"), utc_ms("2026-12-01T00:00Z"))
PLACES: Final = (0, 1, QUARTER_MS, HOUR_MS, 2 * DAY_MS, 4 * DAY_MS + 20 * HOUR_MS)
GROUPS: Final = (
    ("provider", "model"),
    ("endpoint_tag", "prompt_version"),
    ("tenant_id",),
    ("user_id",),
    ("api_key",),
)
SUMS: Final = (
    "request_count",
    "cost_picousd",
    "input_uncached",
    "unpriced_request_count",
    "error_count",
    "retry_count",
)


@st.composite
def events(draw: st.DrawFn) -> UsageEvent:
    """Events of few places and amounts that always fit."""
    event = draw(small_events())
    units = {unit: min(count, 1_000) for unit, count in event.usage.units.items()}
    return replace(
        event,
        workspace_id=WORKSPACE_ID,
        occurred_at=START + draw(st.sampled_from(PLACES)),
        usage=replace(event.usage, units=units),
        cost_picousd=None if event.cost_picousd is None else min(event.cost_picousd, 50),
        unpriced_tokens=min(event.unpriced_tokens, 3),
    )


places_of_calls: Final = st.integers(0, 7)
folded: Final = st.just(Fold(1000))
corrections: Final[st.SearchStrategy[Step]] = st.one_of(
    st.builds(Amend, places_of_calls, events(), st.sampled_from((None, 0, 5))),
    st.builds(Amend, places_of_calls, events(), st.sampled_from((None, 0, 5))),
    st.builds(Void, places_of_calls),
    st.builds(Restore, places_of_calls),
    st.sampled_from((Fold(1000), Seal(NOW, all_steps=True), Seal(START + 2 * HOUR_MS, all_steps=True))),
    st.lists(events(), min_size=1, max_size=2).map(Record),
)
programs: Final = st.tuples(
    st.lists(events(), min_size=4, max_size=9).map(Record),
    st.sampled_from((Fold(1000), Fold(2))),
    st.sampled_from((Seal(NOW, all_steps=True), Seal(START + 2 * HOUR_MS, all_steps=True))),
    st.lists(corrections, min_size=2, max_size=8),
).map(lambda parts: [*parts[:3], *parts[3]])


@settings(max_examples=20)
@given(steps=programs)
async def test_every_rollup_holds_calls_as_they_are_now(places: Places, steps: list[Step]) -> None:
    async with places.empty() as place, opened(place) as storage:
        await install(storage)
        books = Books()
        for step in steps:
            note(repr(step))
            await take(step, storage, books)
            for dimensions in GROUPS:
                for width in (QUARTER_MS, HOUR_MS, DAY_MS, WINDOW.end - WINDOW.start):
                    query = asked(dimensions, width)
                    compare(await storage.facts(query), books, query)


def asked(dimensions: tuple[str, ...], width: int) -> FactQuery:
    """Everything by these dimensions, from cells of about that width."""
    window = WINDOW if width > DAY_MS else Window(START, START + 2 * width)
    return FactQuery(
        workspace_id=WORKSPACE_ID,
        window=window,
        filters=ALL_MODES,
        dimensions=dimensions,
        sums=SUMS,
        order_by=SUMS[0],
        with_latency=True,
    )
