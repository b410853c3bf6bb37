"""The keys that access tokens are signed with."""

from __future__ import annotations

import asyncio

import pytest

from farthing.storage.contract import AlreadyExistsError, SigningKey, Storage
from tests.storages import Changed, Place, opened

AT = 1_700_000_000_000
FIRST = SigningKey("a1", b"\x00\xff" * 16, AT)
SECOND = SigningKey("b2", b"\x01" * 32, AT)


async def test_there_is_none_at_first(storage: Storage) -> None:
    assert await storage.signing_keys() == []


async def test_keys_are_listed_newest_first(storage: Storage) -> None:
    await Changed(storage).add_signing_key(FIRST, None)
    await Changed(storage).add_signing_key(SECOND, "a1")
    assert await storage.signing_keys() == [SECOND, FIRST]


@pytest.mark.parametrize("after", [None, "zz", "a1"])
async def test_a_key_follows_the_newest_there_is(storage: Storage, after: str | None) -> None:
    await Changed(storage).add_signing_key(FIRST, None)
    await Changed(storage).add_signing_key(SECOND, "a1")
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).add_signing_key(SigningKey("c3", b"c", AT), after)
    assert await storage.signing_keys() == [SECOND, FIRST]


async def test_a_name_is_there_once(storage: Storage) -> None:
    await Changed(storage).add_signing_key(FIRST, None)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).add_signing_key(FIRST, "a1")


async def test_of_many_first_keys_at_once_one_is_first(storage: Storage) -> None:
    keys = [SigningKey(f"k{number}", bytes([number]) * 32, AT) for number in range(5)]
    added = [Changed(storage).add_signing_key(key, None) for key in keys]
    done = await asyncio.gather(*added, return_exceptions=True)
    assert sum(isinstance(each, AlreadyExistsError) for each in done) == 4
    assert await storage.signing_keys() == [keys[done.index(None)]]


async def test_keys_are_forgotten_for_good(place: Place) -> None:
    async with opened(place) as storage:
        await Changed(storage).add_signing_key(FIRST, None)
        await Changed(storage).add_signing_key(SECOND, "a1")
        await Changed(storage).remove_signing_keys([])
        assert len(await storage.signing_keys()) == 2
        await Changed(storage).remove_signing_keys(["a1", "never there"])
    async with opened(place) as storage:
        assert await storage.signing_keys() == [SECOND]


def test_the_secret_is_not_shown() -> None:
    assert "ff" not in repr(FIRST)
