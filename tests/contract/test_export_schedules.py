"""Scheduled exports are kept as they were set, their secrets apart, and found when they are due."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from farthing.rules.export_schedule import BucketSecret
from farthing.storage.contract import AlreadyExistsError, Storage
from tests.contract.export_schedules import SECRET, export_schedule
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed

pytestmark = pytest.mark.usefixtures("installed")


async def test_one_is_kept_and_seen_by_its_workspace_alone(storage: Storage) -> None:
    added = await Changed(storage).add_export_schedule(export_schedule(is_enabled=False), SECRET)
    assert added == export_schedule(is_enabled=False, id=added.id)
    assert await storage.export_schedules(WORKSPACE_ID) == [added]
    assert await storage.export_schedule(WORKSPACE_ID, added.id) == added
    assert await storage.export_secret(WORKSPACE_ID, added.id) == SECRET
    other = WORKSPACE_ID + 1
    assert await storage.export_schedules(other) == []
    assert await storage.export_schedule(other, added.id) is None
    assert await storage.export_secret(other, added.id) is None
    assert await Changed(storage).set_export_secret(other, added.id, BucketSecret("x")) is False
    assert await Changed(storage).change_export_schedule(replace(added, workspace_id=other)) is None
    assert await Changed(storage).set_export_secret(WORKSPACE_ID, added.id, BucketSecret("x")) is True
    assert await storage.export_secret(WORKSPACE_ID, added.id) == BucketSecret("x")


async def test_a_name_is_there_once_and_a_secret_goes_with_its_schedule(storage: Storage) -> None:
    first = await Changed(storage).add_export_schedule(export_schedule(), SECRET)
    other = await Changed(storage).add_export_schedule(export_schedule("weekly"), None)
    assert await storage.export_secret(WORKSPACE_ID, other.id) is None
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).add_export_schedule(export_schedule(), None)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).change_export_schedule(replace(other, name=first.name))
    removed = await Changed(storage).change_export_schedule(replace(first, removed_at=AT))
    assert removed == replace(first, removed_at=AT, version=1)
    assert await Changed(storage).change_export_schedule(replace(first, error="late")) is None
    assert await storage.export_secret(WORKSPACE_ID, first.id) is None
    assert await storage.export_schedules(WORKSPACE_ID) == [other]
    assert (await Changed(storage).add_export_schedule(export_schedule(), None)).id != first.id


async def test_what_is_due_is_what_is_on_and_its_time_has_come(storage: Storage) -> None:
    changed = Changed(storage)
    for name, next_at, fields in (
        ("c", AT, {}),
        ("b", AT - 1, {}),
        ("later", AT + 1, {}),
        ("off", AT - 2, {"is_enabled": False}),
        ("gone", AT - 2, {"removed_at": AT}),
        ("other", AT - 3, {"workspace_id": WORKSPACE_ID + 1}),
    ):
        await changed.add_export_schedule(export_schedule(name, next_at=next_at, **fields), None)
    assert [each.name for each in await storage.due_export_schedules(AT, 10)] == ["other", "b", "c"]
    assert [each.name for each in await storage.due_export_schedules(AT, 1)] == ["other"]
