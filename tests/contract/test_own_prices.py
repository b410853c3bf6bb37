"""Workspaces' own prices and aliases, on every storage."""

from __future__ import annotations

import pytest

from farthing.rules.override import OwnPrices
from farthing.storage.contract import AlreadyExistsError, Storage
from tests.contract.own_prices import alias, override
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")


async def test_what_is_kept_comes_back_whole_and_in_order(storage: Storage) -> None:
    assert await storage.own_prices(WORKSPACE_ID) == OwnPrices()
    first = await Changed(storage).add_override(
        WORKSPACE_ID, override(discount_units=("cache_read", "reasoning"))
    )
    second = await Changed(storage).add_override(
        WORKSPACE_ID, override(model=None, tier="flex", rates={}, start=None)
    )
    name = await Changed(storage).add_alias(WORKSPACE_ID, alias())
    own = await storage.own_prices(WORKSPACE_ID)
    assert own == OwnPrices(3, (first, second), (name,))
    assert (first.rates, first.note) == ({"input_uncached": 2**53, "requests": 1}, "negotiated — “2026”")
    assert await storage.own_prices(WORKSPACE_ID + 1) == OwnPrices()


async def test_every_change_is_seen_in_the_version(storage: Storage) -> None:
    assert await storage.own_price_versions() == {}
    kept = await Changed(storage).add_override(WORKSPACE_ID, override())
    assert await storage.own_price_versions() == {WORKSPACE_ID: 1}
    assert await Changed(storage).remove_override(WORKSPACE_ID, kept.id, 1, AT)
    assert await storage.own_price_versions() == {WORKSPACE_ID: 2}
    assert not await Changed(storage).remove_override(WORKSPACE_ID, kept.id, 1, AT)
    assert await storage.own_price_versions() == {WORKSPACE_ID: 2}


async def test_two_that_price_the_same_are_not_kept(storage: Storage) -> None:
    first = await Changed(storage).add_override(WORKSPACE_ID, override(end=AT + 10))
    with pytest.raises(AlreadyExistsError, match=f"own/{first.id} "):
        await Changed(storage).add_override(WORKSPACE_ID, override(start=AT + 9))
    await Changed(storage).add_override(WORKSPACE_ID, override(start=AT + 10))
    assert await Changed(storage).remove_override(WORKSPACE_ID, first.id, 1, AT)
    await Changed(storage).add_override(WORKSPACE_ID, override(end=AT + 10))
    assert (await storage.own_price_versions())[WORKSPACE_ID] == 4


async def test_a_name_means_one_model(storage: Storage) -> None:
    kept = await Changed(storage).add_alias(WORKSPACE_ID, alias())
    with pytest.raises(AlreadyExistsError, match="gpt-5 already"):
        await Changed(storage).add_alias(WORKSPACE_ID, alias("my-deployment"))
    assert await Changed(storage).remove_alias(WORKSPACE_ID, kept.id, 1, AT)
    assert not await Changed(storage).remove_alias(WORKSPACE_ID, kept.id, 1, AT)
    await Changed(storage).add_alias(WORKSPACE_ID, alias("my-deployment"))


async def test_nobody_removes_what_another_workspace_has(storage: Storage) -> None:
    kept = await Changed(storage).add_override(WORKSPACE_ID, override())
    assert not await Changed(storage).remove_override(WORKSPACE_ID + 1, kept.id, 1, AT)
    assert (await storage.own_prices(WORKSPACE_ID)).overrides == (kept,)
