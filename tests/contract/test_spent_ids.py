"""An id that is spent stays used: what comes under it is a duplicate of a call that is no event any more."""

from __future__ import annotations

import pytest

from farthing.storage.contract import Recorded, SpentId, Storage, StoredEvent
from tests.contract.samples import AT, MONTH, WORKSPACE_ID, event, event_count

pytestmark = pytest.mark.usefixtures("installed")


async def test_what_comes_under_a_spent_id_is_a_duplicate_and_is_not_stored(storage: Storage) -> None:
    await storage.spend_ids(WORKSPACE_ID, [SpentId("gone", 77)])
    recorded = await storage.record([event("gone"), event("new"), event("gone")])
    assert [recorded[0], recorded[2]] == [Recorded(77, is_spent=True)] * 2
    assert not recorded[1].is_duplicate
    assert await event_count(storage) == 1
    (again,) = await storage.record([event("gone", latency_ms=3)])
    assert again == Recorded(77, is_spent=True)


async def test_it_is_spent_in_its_workspace_alone_and_letter_by_letter(storage: Storage) -> None:
    await storage.spend_ids(WORKSPACE_ID, [SpentId("gone", 77)])
    recorded = await storage.record([event("gone", workspace_id=WORKSPACE_ID + 1), event("Gone")])
    assert [each.is_duplicate for each in recorded] == [False, False]


async def test_an_id_is_free_again_when_its_end_has_come(storage: Storage) -> None:
    await storage.spend_ids(WORKSPACE_ID, [SpentId("gone", 77, expires_at=AT + 100)])
    (before,) = await storage.record([event("gone", received_at=AT + 99)])
    (after,) = await storage.record([event("gone", received_at=AT + 100)])
    assert (before.is_spent, after.is_duplicate) == (True, False)


async def test_the_last_word_about_an_id_holds(storage: Storage) -> None:
    await storage.spend_ids(WORKSPACE_ID, [SpentId("gone", 77, expires_at=AT)])
    await storage.spend_ids(WORKSPACE_ID, [SpentId("gone", 78)])
    (recorded,) = await storage.record([event("gone")])
    assert recorded == Recorded(78, is_spent=True)


async def test_ids_whose_end_has_come_are_forgotten_and_no_others(storage: Storage) -> None:
    spent = [SpentId("a", 1, AT), SpentId("b", 2, AT + 1), SpentId("c", 3)]
    await storage.spend_ids(WORKSPACE_ID, spent)
    await storage.spend_ids(WORKSPACE_ID + 1, spent[:1])
    assert await storage.expire_spent_ids(WORKSPACE_ID, AT) == 1
    assert await storage.expire_spent_ids(WORKSPACE_ID, AT) == 0
    recorded = await storage.record([event(name, received_at=0) for name in "abc"])
    assert [each.is_spent for each in recorded] == [False, True, True]


async def test_a_spent_id_whose_call_is_an_event_still_answers_with_it(storage: Storage) -> None:
    """As when the id itself was taken from the event."""
    (stored,) = await storage.record([event("other name")])
    await storage.spend_ids(WORKSPACE_ID, [SpentId("first name", stored.request_id)])
    (again,) = await storage.record([event("first name")])
    assert again == Recorded(stored.request_id, StoredEvent(stored.request_id, event("other name")))


async def test_a_spent_id_takes_no_request_of_a_limited_month(storage: Storage) -> None:
    await storage.spend_ids(WORKSPACE_ID, [SpentId("gone", 77)])
    limits = {WORKSPACE_ID: 1}
    recorded = await storage.record([event("gone"), event("a"), event("gone"), event("b")], limits)
    assert [(each.request_id, each.is_spent, each.is_over_limit) for each in recorded] == [
        (77, True, False),
        (recorded[1].request_id, False, False),
        (77, True, False),
        (0, False, True),
    ]
    assert await storage.request_count(WORKSPACE_ID, MONTH) == 1
