"""Storages that find an event by a hash of its id keep ids apart whose hashes are equal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from farthing.storage.contract import Storage, StoredEvent
from tests.contract.samples import ALL_MODES, EVER, WORKSPACE_ID, event, event_count, ids
from tests.storages import HASHING_KINDS, Places, install, opened

HASHES: dict[str, Callable[[str], int]] = {
    "one hash for all": lambda _: 7,
    "the last hash there is": lambda _: 2**63 - 1,
    "two hashes side by side": lambda external_request_id: len(external_request_id) % 2,
}


@pytest.fixture(params=HASHES)
def hash_id(request: pytest.FixtureRequest) -> Callable[[str], int]:
    return HASHES[request.param]


@pytest.fixture(params=HASHING_KINDS)
async def storage(request: pytest.FixtureRequest, hash_id: Callable[[str], int]) -> AsyncIterator[Storage]:
    """A storage in which ids collide."""
    places: Places = request.getfixturevalue(f"{request.param}_places")
    async with places.empty() as place, opened(place, hash_external_id=hash_id) as storage:
        await install(storage)
        yield storage


async def test_ids_of_one_batch_with_the_same_hash_are_all_stored(storage: Storage) -> None:
    names = ["a", "b", "cc", "dd", "e"]
    recorded = await storage.record([event(name) for name in names])
    assert [each.duplicate_of for each in recorded] == [None] * 5
    assert await event_count(storage) == 5
    for name, each in zip(names, recorded, strict=True):
        assert await storage.request(WORKSPACE_ID, each.request_id) == StoredEvent(
            each.request_id, event(name)
        )


async def test_each_of_them_is_known_again(storage: Storage) -> None:
    names = ["a", "b", "cc", "dd", "e"]
    first = {name: (await storage.record([event(name)]))[0] for name in names}
    for batch in (names[::-1], ["cc"], ["e", "a"]):
        again = await storage.record([event(name, latency_ms=1) for name in batch])
        for name, each in zip(batch, again, strict=True):
            assert each.duplicate_of == StoredEvent(first[name].request_id, event(name))
    assert await event_count(storage) == 5


async def test_new_ids_and_repeats_that_collide_in_one_batch(storage: Storage) -> None:
    await storage.record([event("a"), event("b")])
    names = ["c", "b", "d", "a", "c", "ee"]
    recorded = await storage.record([event(name) for name in names])
    assert [each.duplicate_of is not None for each in recorded] == [False, True, False, True, True, False]
    page = await storage.requests(WORKSPACE_ID, EVER, ALL_MODES, 10, None)
    assert sorted(ids(page.items)) == ["a", "b", "c", "d", "ee"]


async def test_the_same_hash_in_another_workspace_is_no_collision(storage: Storage) -> None:
    await storage.record([event("a"), event("b", workspace_id=WORKSPACE_ID + 1)])
    (here, there) = await storage.record([event("b"), event("a", workspace_id=WORKSPACE_ID + 1)])
    assert (here.duplicate_of, there.duplicate_of) == (None, None)
    assert await event_count(storage) == 2
