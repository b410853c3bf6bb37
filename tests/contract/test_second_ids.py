"""A call that comes under its sender's id and under the provider's is one call."""

from __future__ import annotations

from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from farthing.rules.events import SECOND_ID_MS, UsageEvent
from farthing.storage.contract import Recorded, Storage
from farthing.storage.memory import MemoryStorage
from farthing.storage.sqlite import SqliteStorage
from tests.contract.samples import ALL_MODES, AT, EVER, WORKSPACE_ID, event
from tests.storages import SqlitePlaces, opened

GIVEN: Final = "chatcmpl-0123456789012345"
OTHER: Final = "chatcmpl-5432109876543210"


def named(external_request_id: str, given_id: str, **changes: object) -> UsageEvent:
    metadata = {"metadata": {"providerRequestId": given_id}}
    return event(external_request_id, extra=metadata, **changes)


async def event_count(storage: Storage) -> int:
    return len((await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 100, None)).items)


def duplicates(recorded: list[Recorded]) -> list[bool]:
    return [each.is_duplicate for each in recorded]


async def test_whoever_comes_first_is_stored(storage: Storage) -> None:
    (first,) = await storage.record([named("mine", GIVEN)])
    traced = await storage.record([event(GIVEN), named("again", GIVEN), event("mine")])
    assert [each.request_id for each in traced] == [first.request_id] * 3
    assert all(each.duplicate_of is not None for each in traced)
    (second,) = await storage.record([event(OTHER)])
    (later,) = await storage.record([named("later", OTHER)])
    assert (later.request_id, later.is_duplicate) == (second.request_id, True)
    assert await event_count(storage) == 2


async def test_also_when_they_come_at_once(storage: Storage) -> None:
    recorded = await storage.record([named("mine", GIVEN), event(GIVEN), event(OTHER), named("late", OTHER)])
    assert duplicates(recorded) == [False, True, False, True]
    assert recorded[0].request_id == recorded[1].request_id
    assert await event_count(storage) == 2


async def test_a_cache_hit_repeats_an_answer_and_is_a_call_of_its_own(storage: Storage) -> None:
    hits = [named(f"hit {number}", GIVEN, status="cache_hit") for number in range(2)]
    recorded = [*await storage.record([named("asked", GIVEN), *hits]), *await storage.record(hits)]
    assert duplicates(recorded) == [False, False, False, True, True]
    assert await event_count(storage) == 3


async def test_short_ids_and_other_workspaces_tell_nothing(storage: Storage) -> None:
    await storage.record([named("mine", "chatcmpl-512"), named("yours", GIVEN)])
    recorded = await storage.record([event("chatcmpl-512"), event(GIVEN, workspace_id=2)])
    assert duplicates(recorded) == [False, False]


async def test_after_a_week_the_providers_id_is_free_again(storage: Storage) -> None:
    await storage.record([named("mine", GIVEN)])
    end = AT + 20 + SECOND_ID_MS
    assert duplicates(await storage.record([event(GIVEN, received_at=end - 1)])) == [True]
    assert duplicates(await storage.record([event(GIVEN, received_at=end)])) == [False]


_ids = st.sampled_from(("a", "b", GIVEN, OTHER))
_seconds = st.sampled_from((None, GIVEN, OTHER))


@settings(max_examples=40)
@given(st.lists(st.lists(st.tuples(_ids, _seconds), min_size=1, max_size=4), min_size=1, max_size=4))
def test_every_storage_tells_the_same(
    sqlite_places: SqlitePlaces, groups: list[list[tuple[str, str | None]]]
) -> None:
    import asyncio  # noqa: PLC0415

    async def run() -> None:
        async with sqlite_places.empty() as place, opened(place) as storage:
            assert isinstance(storage, SqliteStorage)
            twin = MemoryStorage()
            await twin.open()
            for group in groups:
                sent = [event(own) if second is None else named(own, second) for own, second in group]
                found, expected = await storage.record(sent), await twin.record(sent)
                assert duplicates(found) == duplicates(expected)
            assert await event_count(storage) == await event_count(twin)

    asyncio.run(run())
