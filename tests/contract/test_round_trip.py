"""What goes in comes out: every field of an event, in every value that intake may give it."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.rules.events import UsageEvent
from farthing.rules.filters import Filters
from farthing.rules.usage import UNITS, TokenUsage
from farthing.storage.contract import Storage, StoredEvent
from tests.contract.samples import ALL_MODES, EVER, WORKSPACE_ID, event
from tests.storages import Places, opened
from tests.strategies import COUNT_MAX, INT64_MAX, whole_events

batches = st.lists(
    whole_events(WORKSPACE_ID), min_size=1, max_size=4, unique_by=lambda each: each.external_request_id
)


@settings(max_examples=30)
@given(batch=batches)
async def test_every_field_comes_back(places: Places, batch: list[UsageEvent]) -> None:
    async with places.empty() as place:
        async with opened(place) as storage:
            recorded = await storage.record(batch)
            expected = [
                StoredEvent(each.request_id, sent) for each, sent in zip(recorded, batch, strict=True)
            ]
            await check(storage, expected)
        async with opened(place) as storage:  # and with nothing remembered
            await check(storage, expected)
            repeated = await storage.record(batch)
            assert [each.duplicate_of for each in repeated] == expected


async def check(storage: Storage, expected: list[StoredEvent]) -> None:
    """Each event alone, and all of them as a page."""
    for each in expected:
        assert await storage.request(WORKSPACE_ID, each.request_id) == each
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 100, None)
    newest_first = sorted(expected, key=lambda each: (-each.event.occurred_at, -each.request_id))
    assert page.items == [each for each in newest_first if EVER.start <= each.event.occurred_at < EVER.end]


async def test_the_greatest_numbers_come_back(storage: Storage) -> None:
    greatest = event(
        usage=TokenUsage(dict.fromkeys(UNITS, COUNT_MAX)),
        latency_ms=COUNT_MAX,
        time_to_first_token_ms=COUNT_MAX,
        total_tokens_sent=COUNT_MAX,
        unpriced_tokens=COUNT_MAX,
        cost_picousd=INT64_MAX,
        reported_cost_picousd=INT64_MAX,
    )
    (recorded,) = await storage.record([greatest])
    assert await storage.request(WORKSPACE_ID, recorded.request_id) == StoredEvent(
        recorded.request_id, greatest
    )


async def test_an_unknown_cost_is_not_zero(storage: Storage) -> None:
    free = event("free", cost_picousd=0)
    unpriced = event("unpriced", cost_picousd=None, pricing_status="unpriced")
    recorded = await storage.record([free, unpriced])
    stored = [await storage.request(WORKSPACE_ID, each.request_id) for each in recorded]
    assert [each and each.event.cost_picousd for each in stored] == [0, None]


async def test_a_latency_of_zero_is_not_a_missing_one(storage: Storage) -> None:
    recorded = await storage.record([event("zero", latency_ms=0), event("none", latency_ms=None)])
    stored = [await storage.request(WORKSPACE_ID, each.request_id) for each in recorded]
    assert [each and each.event.latency_ms for each in stored] == [0, None]


async def test_events_without_a_name_and_those_named_unknown_are_filtered_together(storage: Storage) -> None:
    await storage.record([event("none"), event("unknown", user_id="unknown"), event("ada", user_id="ada")])
    filters = Filters(equals=(("user_id", ("unknown",)),))
    page = await storage.requests(WORKSPACE_ID, EVER, filters, 10, None)
    assert {each.event.external_request_id for each in page.items} == {"none", "unknown"}
