"""Checklists: each person has done with each workspace's for themselves, until they take it out again."""

from __future__ import annotations

from farthing.storage.contract import Storage
from tests.contract.samples import AT, WORKSPACE_ID
from tests.storages import Changed


async def test_a_checklist_is_ended_once_and_by_one_person(storage: Storage) -> None:
    assert await storage.checklist_ended_at(WORKSPACE_ID, 1) is None
    await Changed(storage).end_checklist(WORKSPACE_ID, 1, AT)
    await Changed(storage).end_checklist(WORKSPACE_ID, 1, AT + 5)
    assert await storage.checklist_ended_at(WORKSPACE_ID, 1) == AT
    assert await storage.checklist_ended_at(WORKSPACE_ID, 2) is None
    assert await storage.checklist_ended_at(WORKSPACE_ID + 1, 1) is None


async def test_a_checklist_is_taken_out_again(storage: Storage) -> None:
    assert not await Changed(storage).resume_checklist(WORKSPACE_ID, 1)
    await Changed(storage).end_checklist(WORKSPACE_ID, 1, AT)
    assert await Changed(storage).resume_checklist(WORKSPACE_ID, 1)
    assert await storage.checklist_ended_at(WORKSPACE_ID, 1) is None
