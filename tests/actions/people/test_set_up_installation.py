"""The first start, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from farthing.actions.asker import Origin
from farthing.actions.entry.credentials import digest
from farthing.actions.errors import AlreadySetUpError, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.people.set_up_installation import SetUp, set_up_installation
from farthing.assembly import opened
from farthing.storage.memory import MemoryStorage
from tests.installations import PASSWORD, StandingClock, parts_around, price_book

GOOD = {
    "email": "Ada@Example.com ",
    "password": PASSWORD,
    "workspace": " Analytical ",
    "timezone": "Europe/Vienna",
}


@pytest.fixture
async def empty() -> AsyncIterator[Parts]:
    async with opened(parts_around(MemoryStorage(), price_book(), StandingClock())) as parts:
        yield parts


async def test_a_person_a_workspace_and_a_key_are_made_together(empty: Parts) -> None:
    made = await set_up_installation(empty, SetUp(**GOOD), Origin("command"))
    assert made.membership.role == "owner"
    assert made.membership.user.email == "ada@example.com"
    assert made.membership.workspace.name == "Analytical"
    assert made.membership.workspace.timezone == "Europe/Vienna"
    found = await empty.keys.find(made.key.encode())
    assert found is not None
    assert (found.workspace_id, found.owner_id) == (made.membership.workspace.id, made.membership.user.id)


async def test_the_key_is_readable_at_its_beginning_and_kept_as_a_hash(empty: Parts) -> None:
    made = await set_up_installation(empty, SetUp(**GOOD), Origin("command"))
    start, secret = made.key[:16], made.key[17:]
    assert start == made.api_key.prefix
    assert start.startswith("fk_live_")
    assert len(secret) == 43
    assert secret.isalnum()
    assert made.api_key.key_hash == digest(made.key)
    assert secret not in repr(made.api_key)


async def test_a_second_time_changes_nothing(empty: Parts) -> None:
    first = await set_up_installation(empty, SetUp(**GOOD), Origin("command"))
    with pytest.raises(AlreadySetUpError, match="already"):
        await set_up_installation(empty, SetUp(**{**GOOD, "email": "eve@example.com"}), Origin("command"))
    assert await empty.storage.user_by_email("eve@example.com") is None
    assert await empty.storage.api_keys(first.membership.workspace.id) == [first.api_key]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("email", "", "not an e-mail"),
        ("email", "ada", "not an e-mail"),
        ("email", "@example.com", "not an e-mail"),
        ("email", "ada@", "not an e-mail"),
        ("email", "a da@example.com", "not an e-mail"),
        ("email", "ada\n@example.com", "not an e-mail"),
        ("email", "a" * 250 + "@b.cd", "at most 254"),
        ("password", "", "0 characters; at least 10"),
        ("password", "ninechars", "9 characters; at least 10"),
        ("password", "x" * 1_001, "at most 1000"),
        ("workspace", " ", "is empty"),
        ("workspace", "x" * 201, "at most 200"),
        ("workspace", "a\0b", "can't be shown"),
        ("timezone", "Vienna", "not an IANA time zone"),
        ("timezone", "", "not an IANA time zone"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_name(
    empty: Parts, field: str, value: str, told: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await set_up_installation(empty, SetUp(**{**GOOD, field: value}), Origin("command"))
    (problem,) = refused.value.problems
    assert problem.field == field
    assert told in problem.message
    assert not await empty.storage.has_accounts()


async def test_all_that_is_wrong_is_told_at_once(empty: Parts) -> None:
    with pytest.raises(InvalidInputError) as refused:
        await set_up_installation(
            empty, SetUp(email="", password="", workspace="", timezone=""), Origin("command")
        )
    assert [problem.field for problem in refused.value.problems] == [
        "email",
        "password",
        "workspace",
        "timezone",
    ]


async def test_ten_characters_are_enough(empty: Parts) -> None:
    await set_up_installation(empty, SetUp(**{**GOOD, "password": "ten chars!"}), Origin("command"))
