"""Finding names and requests by what people type."""

from __future__ import annotations

import pytest

from farthing.storage.contract import Storage
from tests.contract.samples import WORKSPACE_ID, event

pytestmark = pytest.mark.usefixtures("installed")
TAGS = (
    "checkout.summary",
    "search.rank",
    "Checkout.reply",
    "100%_sure",
    "100x.sure",
    "\u0646\u0638\u0627\u0645",
)


async def filled(storage: Storage) -> None:
    await storage.record([event(tag, endpoint_tag=tag, user_id=f"user-{n}") for n, tag in enumerate(TAGS)])


async def test_names_are_found_by_any_part_and_those_that_begin_with_it_stand_first(storage: Storage) -> None:
    await filled(storage)
    assert await storage.names_with(WORKSPACE_ID, "endpoint_tag", "check", 5) == [
        "checkout.summary",
        "Checkout.reply",
    ]
    assert await storage.names_with(WORKSPACE_ID, "endpoint_tag", "SUMM", 5) == ["checkout.summary"]
    assert await storage.names_with(WORKSPACE_ID, "endpoint_tag", "\u0638\u0627", 5) == [TAGS[-1]]
    assert len(await storage.names_with(WORKSPACE_ID, "user_id", "user-", 3)) == 3


async def test_the_oldest_name_stands_first_whatever_was_stored_of_it_since(storage: Storage) -> None:
    await filled(storage)
    await storage.record([event("again", endpoint_tag=TAGS[1]), event("new", endpoint_tag="a.new.one")])
    asked = ["a.new.one", TAGS[4], "never stored", TAGS[1]]
    by_age = await storage.names_by_age(WORKSPACE_ID, "endpoint_tag", asked)
    assert by_age == [TAGS[1], TAGS[4], "a.new.one"]
    assert await storage.names_by_age(WORKSPACE_ID + 1, "endpoint_tag", asked) == []
    assert await storage.names_by_age(WORKSPACE_ID, "user_id", asked) == []
    assert await storage.names_by_age(WORKSPACE_ID, "user_id", []) == []


async def test_signs_of_patterns_are_letters_like_any_other(storage: Storage) -> None:
    await filled(storage)
    assert await storage.names_with(WORKSPACE_ID, "endpoint_tag", "100%", 5) == ["100%_sure"]
    assert await storage.names_with(WORKSPACE_ID, "endpoint_tag", "_s", 5) == ["100%_sure"]
    assert await storage.names_with(WORKSPACE_ID, "endpoint_tag", "/", 5) == []


async def test_names_of_other_fields_and_workspaces_stay_out(storage: Storage) -> None:
    await filled(storage)
    assert await storage.names_with(WORKSPACE_ID, "user_id", "checkout", 5) == []
    assert await storage.names_with(WORKSPACE_ID + 1, "endpoint_tag", "checkout", 5) == []
    assert await storage.names_with(WORKSPACE_ID, "model", "mini-2026", 5) == ["mini-2026-01-01"]


async def test_a_request_is_found_by_the_id_of_its_sender(storage: Storage) -> None:
    (recorded, _) = await storage.record([event("mine"), event("other")])
    assert await storage.request_number(WORKSPACE_ID, "mine") == recorded.request_id
    assert await storage.request_number(WORKSPACE_ID, "Mine") is None
    assert await storage.request_number(WORKSPACE_ID + 1, "mine") is None
