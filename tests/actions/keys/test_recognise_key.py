"""Whose key came with a request, and how soon a revocation is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from farthing.actions.entry.credentials import digest
from farthing.actions.keys.recognise_key import MEMORY_MS, KeyContext, KeyRing
from farthing.intake.llm_request import Sender
from farthing.rules.api_key import EXPIRES_SOON_MS, KeyRules
from farthing.storage.contract import ApiKey, StorageUnavailableError
from farthing.storage.memory import MemoryStorage
from tests.installations import StandingClock
from tests.storages import Changed

KEY = b"fk_live_abcdefgh_secret"


class CountingStorage(MemoryStorage):
    """The twin, counting look-ups; each lets others run first, as a database would."""

    look_ups = 0

    async def api_key_by_hash(self, key_hash: bytes) -> ApiKey | None:
        self.look_ups += 1
        await asyncio.sleep(0)
        return await super().api_key_by_hash(key_hash)


@pytest.fixture
async def storage() -> AsyncIterator[CountingStorage]:
    storage = CountingStorage()
    await storage.open()
    await Changed(storage).create_api_key(
        ApiKey(0, 7, 9, "first", "fk_live_abcdefgh", digest(KEY.decode()), 0)
    )
    yield storage
    await storage.close()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def ring(storage: CountingStorage, clock: StandingClock) -> KeyRing:
    return KeyRing(storage, clock)


async def test_a_key_is_looked_up_once_and_then_known_without_waiting(
    ring: KeyRing, storage: CountingStorage
) -> None:
    assert ring.get_cached(KEY) is None
    found = await ring.find(KEY)
    assert found == KeyContext(Sender(workspace_id=7, api_key_id=1, owner_id=9))
    assert (found.workspace_id, found.key_id, found.owner_id) == (7, 1, 9)
    assert ring.get_cached(KEY) == found
    assert await ring.find(KEY) == found
    assert storage.look_ups == 1


async def test_what_is_known_is_forgotten_after_two_seconds(
    ring: KeyRing, storage: CountingStorage, clock: StandingClock
) -> None:
    await ring.find(KEY)
    await Changed(storage).revoke_api_key(7, 1, clock.now())
    clock.forward(MEMORY_MS - 1)
    assert ring.get_cached(KEY) is not None
    clock.forward(1)
    assert ring.get_cached(KEY) is None
    assert await ring.find(KEY) is None


async def test_a_clock_set_back_keeps_no_key_alive(ring: KeyRing, clock: StandingClock) -> None:
    await ring.find(KEY)
    clock.forward(-60_000)
    assert ring.get_cached(KEY) is None


async def test_unknown_keys_are_remembered_too_and_become_known_in_time(
    ring: KeyRing, storage: CountingStorage, clock: StandingClock
) -> None:
    assert await ring.find(b"other") is None
    assert await ring.find(b"other") is None
    assert storage.look_ups == 1
    await Changed(storage).create_api_key(ApiKey(0, 7, 9, "other", "other", digest("other"), 0))
    clock.forward(MEMORY_MS)
    assert await ring.find(b"other") is not None


async def test_a_revoked_key_is_unknown_and_a_forgotten_one_is_looked_up_again(
    ring: KeyRing, storage: CountingStorage, clock: StandingClock
) -> None:
    await ring.find(KEY)
    await Changed(storage).revoke_api_key(7, 1, clock.now())
    ring.forget(digest(KEY.decode()))
    assert ring.get_cached(KEY) is None
    assert await ring.find(KEY) is None


async def test_many_at_once_share_one_look_up_and_none_can_cancel_it(
    ring: KeyRing, storage: CountingStorage
) -> None:
    first = asyncio.create_task(ring.find(KEY))
    others = [asyncio.create_task(ring.find(KEY)) for _ in range(20)]
    await asyncio.sleep(0)
    first.cancel()
    assert {found.key_id for found in await asyncio.gather(*others) if found} == {1}
    assert storage.look_ups == 1


async def test_a_flood_of_inventions_neither_grows_nor_displaces(
    ring: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farthing.actions.keys.recognise_key._ENTRIES_MAX", 10)
    await ring.find(KEY)
    for number in range(50):
        await ring.find(b"invented %d" % number)
    assert len(ring._unknown) == 10
    assert ring.get_cached(KEY) is not None


async def test_an_overlong_key_is_refused_without_a_look_up(ring: KeyRing, storage: CountingStorage) -> None:
    assert await ring.find(b"x" * 201) is None
    assert storage.look_ups == 0


async def test_a_key_with_an_end_is_refused_from_its_very_millisecond_on(
    ring: KeyRing, storage: CountingStorage, clock: StandingClock
) -> None:
    (key,) = await storage.api_keys(7)
    end = clock.now() + MEMORY_MS // 2
    await Changed(storage).change_api_key(replace(key, expires_at=end))
    found = await ring.find(KEY)
    assert found is not None
    assert found.sender.expires_soon_from == end - EXPIRES_SOON_MS
    clock.at = end - 1
    assert ring.get_cached(KEY) is not None
    clock.at = end
    assert ring.get_cached(KEY) is None
    assert await ring.find(KEY) is None
    assert await ring.find(KEY) is None
    assert storage.look_ups == 2


async def test_rules_of_a_key_are_known_within_two_seconds(
    ring: KeyRing, storage: CountingStorage, clock: StandingClock
) -> None:
    (key,) = await storage.api_keys(7)
    assert (await ring.find(KEY)) == KeyContext(Sender(7, 1, 9))
    rules = KeyRules("test", "dev", ("dev",))
    await Changed(storage).change_api_key(replace(key, owner_id=5, rules=rules))
    clock.forward(MEMORY_MS)
    assert await ring.find(KEY) == KeyContext(Sender(7, 1, 5, rules))


async def test_a_look_up_that_was_under_way_brings_back_nothing_old(ring: KeyRing) -> None:
    looking = asyncio.create_task(ring.find(KEY))
    await asyncio.sleep(0)
    ring.forget(digest(KEY.decode()))
    assert await looking is not None
    assert ring.get_cached(KEY) is None


async def test_uses_are_written_for_all_keys_at_once_and_on_no_request(
    ring: KeyRing, storage: CountingStorage, clock: StandingClock
) -> None:
    other = await Changed(storage).create_api_key(ApiKey(0, 7, 9, "other", "other", digest("other"), 0))
    await Changed(storage).create_api_key(ApiKey(0, 7, 9, "idle", "idle", digest("idle"), 0))
    await ring.find(KEY)
    await ring.find(b"other")
    await ring.find(b"invented")
    clock.forward(1_500)
    assert ring.get_cached(KEY) is not None
    assert {key.last_used_at for key in await storage.api_keys(7)} == {None}
    await ring.uses.write()
    used = {key.name: key.last_used_at for key in await storage.api_keys(7)}
    assert used == {"first": clock.now(), other.name: clock.now() - 1_500, "idle": None}
    assert ring.uses.latest == {}


async def test_uses_that_cannot_be_written_wait_for_the_next_time(
    ring: KeyRing, storage: CountingStorage, clock: StandingClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_: object) -> None:
        clock.forward(10)
        ring.get_cached(KEY)
        raise StorageUnavailableError("down")

    await ring.find(KEY)
    with monkeypatch.context() as patch:
        patch.setattr(storage, "note_key_uses", refuse)
        await ring.uses.write()
    await ring.uses.write()
    assert (await storage.api_keys(7))[0].last_used_at == clock.now()


async def test_what_is_left_is_written_at_the_end(ring: KeyRing, storage: CountingStorage) -> None:
    await ring.uses.start()
    await ring.find(KEY)
    await ring.uses.stop()
    assert (await storage.api_keys(7))[0].last_used_at is not None
