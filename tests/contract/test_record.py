"""An event is stored once, whatever is sent again; the first to come is kept and shown."""

from __future__ import annotations

import asyncio

import pytest

from farthing.storage.contract import Recorded, Storage, StoredEvent
from tests.contract.samples import ALL_MODES, EVER, WORKSPACE_ID, event, event_count, ids, totals

pytestmark = pytest.mark.usefixtures("installed")


async def all_ids(storage: Storage) -> list[str]:
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 100, None)
    return sorted(ids(page.items))


async def test_events_are_answered_in_their_order(storage: Storage) -> None:
    recorded = await storage.record([event("b"), event("a"), event("c")])
    assert [each.duplicate_of for each in recorded] == [None, None, None]
    stored = [await storage.request(WORKSPACE_ID, each.request_id) for each in recorded]
    assert [each and each.event.external_request_id for each in stored] == ["b", "a", "c"]


async def test_nothing_to_record_is_nothing_recorded(storage: Storage) -> None:
    assert await storage.record([]) == []
    assert await event_count(storage) == 0


async def test_an_event_counts_as_soon_as_it_is_recorded(storage: Storage) -> None:
    await storage.record([event()])
    assert await totals(storage, "request_count", "cost_picousd") == (1, 18_000_000)


async def test_the_same_id_in_one_batch_is_stored_once(storage: Storage) -> None:
    first = event("same")
    recorded = await storage.record([first, event("other"), event("same", latency_ms=1), first])
    number = recorded[0].request_id
    assert recorded[0] == Recorded(number)
    assert recorded[1].duplicate_of is None
    assert recorded[2] == recorded[3] == Recorded(number, StoredEvent(number, first))
    assert await event_count(storage) == 2


async def test_the_same_id_in_another_batch_answers_with_the_stored_event(storage: Storage) -> None:
    (first,) = await storage.record([event("same")])
    (second, third) = await storage.record([event("same"), event("new")])
    assert second == Recorded(first.request_id, StoredEvent(first.request_id, event("same")))
    assert third.duplicate_of is None
    assert await all_ids(storage) == ["new", "same"]


async def test_a_repeat_that_differs_changes_nothing(storage: Storage) -> None:
    (first,) = await storage.record([event("same")])
    differing = event("same", cost_picousd=9, latency_ms=9, data_mode="test", model="max", user_id="u")
    (second,) = await storage.record([differing])
    assert second == Recorded(first.request_id, StoredEvent(first.request_id, event("same")))
    assert await totals(storage, "request_count", "cost_picousd", "latency_ms_sum") == (1, 18_000_000, 840)


async def test_a_batch_of_repeats_only_stores_nothing(storage: Storage) -> None:
    batch = [event("a"), event("b")]
    before = await storage.record(batch)
    after = await storage.record(batch)
    assert [each.request_id for each in after] == [each.request_id for each in before]
    assert all(each.duplicate_of for each in after)
    assert await event_count(storage) == 2


async def test_the_same_id_in_another_workspace_is_another_event(storage: Storage) -> None:
    there = event("same", workspace_id=WORKSPACE_ID + 1, cost_picousd=5)
    recorded = await storage.record([event("same"), there])
    assert [each.duplicate_of for each in recorded] == [None, None]
    (again,) = await storage.record([there])
    assert again.duplicate_of == StoredEvent(recorded[1].request_id, there)
    assert await totals(storage, "request_count", "cost_picousd") == (1, 18_000_000)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "A"), ("e\u0301", "\u00e9"), ("a", "a "), ("1", "01"), ("ß", "ss"), ("x" * 199, "x" * 200)],
)
async def test_ids_that_only_look_alike_are_different(storage: Storage, one: str, other: str) -> None:
    recorded = await storage.record([event(one), event(other)])
    assert [each.duplicate_of for each in recorded] == [None, None]
    assert await event_count(storage) == 2


async def test_request_ids_are_never_given_twice(storage: Storage) -> None:
    seen: list[int] = []
    for number in range(4):
        batch = [event(f"{number}-{place}", data_mode="demo") for place in range(3)]
        seen += [each.request_id for each in await storage.record(batch)]
        await storage.delete(WORKSPACE_ID, "demo", None)
    assert len(set(seen)) == len(seen)
    assert all(1 <= number < 2**63 for number in seen)


async def test_a_big_batch_is_stored_whole(storage: Storage) -> None:
    batch = [event(f"id {number % 900}", user_id=f"user {number % 300}") for number in range(1_000)]
    recorded = await storage.record(batch)
    assert [each.duplicate_of is not None for each in recorded] == [False] * 900 + [True] * 100
    assert await event_count(storage) == 900
    again = await storage.record(batch)
    assert [each.request_id for each in again] == [each.request_id for each in recorded]
    assert await event_count(storage) == 900


async def test_a_request_is_seen_in_its_own_workspace_only(storage: Storage) -> None:
    (recorded,) = await storage.record([event()])
    assert await storage.request(WORKSPACE_ID + 1, recorded.request_id) is None
    assert await storage.request(WORKSPACE_ID, recorded.request_id + 1) is None
    assert await storage.request(WORKSPACE_ID, 2**63 - 1) is None
    found = await storage.request(WORKSPACE_ID, recorded.request_id)
    assert found == StoredEvent(recorded.request_id, event())


async def test_readers_beside_the_writer_see_whole_batches(storage: Storage) -> None:
    batch_size = 7

    async def watch() -> list[int]:
        return [await event_count(storage) for _ in range(20)]

    async def write() -> None:
        for number in range(10):
            await storage.record([event(f"{number}-{place}") for place in range(batch_size)])

    counts, other_counts, _ = await asyncio.gather(watch(), watch(), write())
    for seen in (counts, other_counts):
        assert seen == sorted(seen)
        assert {count % batch_size for count in seen} == {0}
    assert await event_count(storage) == 10 * batch_size


async def test_a_write_that_is_cancelled_is_whole_or_nothing(storage: Storage) -> None:
    """As when the client of a request goes away; the next writer must not notice."""
    for number in range(30):
        write = asyncio.create_task(storage.record([event(f"{number}-a"), event(f"{number}-b")]))
        for _ in range(number % 10):
            await asyncio.sleep(0)
        write.cancel()
        (following,) = await storage.record([event(f"{number}-c")])
        assert following.duplicate_of is None
        await asyncio.wait([write])
        assert write.cancelled() or write.exception() is None
    stored_count = await event_count(storage) - 30
    assert stored_count % 2 == 0
    repeated = await storage.record([event(f"{number}-{half}") for number in range(30) for half in "ab"])
    assert sum(each.duplicate_of is not None for each in repeated) == stored_count
    assert await event_count(storage) == 90
