"""Saved views are seen by their owner, and by everybody once they are shared."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from farthing.storage.contract import AlreadyExistsError, Storage
from tests.contract.samples import AT, WORKSPACE_ID
from tests.contract.saved_views import saved_view
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")

OTHER = 2
"""Somebody else; the storage does not ask who."""


async def test_one_is_kept_as_it_was_saved_and_seen_by_its_owner_alone(storage: Storage) -> None:
    added = await Changed(storage).add_saved_view(saved_view(is_pinned=True))
    assert added == saved_view(id=added.id, is_pinned=True)
    assert await storage.saved_views(WORKSPACE_ID, 1) == [added]
    assert await storage.saved_view(WORKSPACE_ID, 1, added.id) == added
    assert await storage.saved_views(WORKSPACE_ID, OTHER) == []
    assert await storage.saved_view(WORKSPACE_ID, OTHER, added.id) is None
    assert await storage.saved_views(WORKSPACE_ID + 1, 1) == []
    assert await storage.saved_view(WORKSPACE_ID + 1, 1, added.id) is None
    assert await Changed(storage).change_saved_view(replace(added, workspace_id=WORKSPACE_ID + 1)) is None
    shared = await Changed(storage).change_saved_view(replace(added, is_shared=True))
    assert await storage.saved_views(WORKSPACE_ID, OTHER) == [shared]
    assert await storage.saved_view(WORKSPACE_ID, OTHER, added.id) == shared


async def test_whoever_has_not_seen_the_last_version_changes_nothing(storage: Storage) -> None:
    added = await Changed(storage).add_saved_view(saved_view())
    assert await Changed(storage).change_saved_view(replace(added, name="b")) is not None
    assert await Changed(storage).change_saved_view(replace(added, name="c")) is None
    assert [each.name for each in await storage.saved_views(WORKSPACE_ID, 1)] == ["b"]


async def test_a_name_is_there_once_for_whoever_sees_it(storage: Storage) -> None:
    changed = Changed(storage)
    first = await changed.add_saved_view(saved_view())
    with pytest.raises(AlreadyExistsError):
        await changed.add_saved_view(saved_view())
    theirs = await changed.add_saved_view(saved_view(created_by=OTHER, is_shared=True))
    with pytest.raises(AlreadyExistsError):
        await changed.change_saved_view(replace(first, is_shared=True))
    with pytest.raises(AlreadyExistsError):
        await changed.add_saved_view(saved_view(created_by=3, is_shared=True))
    removed = await changed.change_saved_view(replace(theirs, removed_at=AT))
    assert removed is not None
    assert await storage.saved_views(WORKSPACE_ID, OTHER) == []
    assert await changed.change_saved_view(replace(first, is_shared=True)) is not None


async def test_the_pinned_ones_are_found_by_themselves(storage: Storage) -> None:
    changed = Changed(storage)
    for name, fields in (
        ("b", {"is_pinned": True}),
        ("A", {"is_pinned": True, "is_shared": True, "created_by": OTHER}),
        ("theirs", {"is_pinned": True, "created_by": OTHER}),
        ("gone", {"is_pinned": True, "removed_at": AT}),
        ("plain", {}),
    ):
        await changed.add_saved_view(saved_view(name, **fields))
    pinned = await storage.saved_views(WORKSPACE_ID, 1, pinned_only=True)
    assert [each.name for each in pinned] == ["A", "b"]
