"""Who people are at an OpenID provider."""

from __future__ import annotations

import pytest

from farthing.storage.contract import AlreadyExistsError, Storage
from tests.storages import Changed, Place, install, opened

HERE = "https://login.example.com"
AT = 1_700_000_000_000


async def test_somebody_is_found_by_issuer_and_subject_together(storage: Storage) -> None:
    ada = (await install(storage)).user
    await Changed(storage).add_identity(HERE, "Ada", ada.id, AT)
    assert await storage.person_of_identity(HERE, "Ada") == ada
    assert await Changed(storage).person_of_identity(HERE, "Ada") == ada
    assert await storage.person_of_identity(HERE, "ada") is None
    assert await storage.person_of_identity(HERE + "/", "Ada") is None


async def test_one_person_may_be_known_in_several_ways_but_none_means_two(storage: Storage) -> None:
    ada = (await install(storage)).user
    await Changed(storage).add_identity(HERE, "1", ada.id, AT)
    await Changed(storage).add_identity("https://other.example.com", "1", ada.id, AT)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).add_identity(HERE, "1", ada.id + 1, AT)
    assert await storage.person_of_identity(HERE, "1") == ada


async def test_it_outlives_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        ada = (await install(storage)).user
        await Changed(storage).add_identity(HERE, "1", ada.id, AT)
    async with opened(place) as storage:
        assert await storage.person_of_identity(HERE, "1") == ada
