"""People, workspaces, keys and secrets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from farthing.storage.contract import (
    AlreadyExistsError,
    ApiKey,
    Membership,
    NewInstallation,
    Storage,
    User,
    Workspace,
)
from tests.storages import Changed, Place, install, installation, opened

AT: Final = 1_700_000_000_000
NOBODY: Final = 10**6


def key(membership: Membership, number: int = 1, created_at: int = AT) -> ApiKey:
    """A new key of the workspace; it has no id yet."""
    return ApiKey(
        id=0,
        workspace_id=membership.workspace.id,
        owner_id=membership.user.id,
        name=f"key {number}",
        prefix=f"frt_{number}",
        key_hash=bytes([number]) * 32,
        created_at=created_at,
    )


async def test_a_fresh_storage_has_nobody(storage: Storage) -> None:
    assert not await storage.has_accounts()
    assert await storage.user_by_email("ada@example.org") is None
    assert await storage.workspace(1) is None
    assert await storage.memberships(1) == []
    assert await storage.api_keys(1) == []
    assert await storage.api_key_by_hash(b"k" * 32) is None


async def test_an_installation_is_a_person_who_owns_a_workspace_and_its_first_key(storage: Storage) -> None:
    new = installation(email="ada@example.org", timezone="Asia/Kathmandu", key_hash=b"\x00\xff" * 16)
    membership, first_key = await Changed(storage).create_installation(new)
    assert await storage.has_accounts()
    assert membership == Membership(
        Workspace(
            membership.workspace.id, membership.workspace.public_id, new.workspace_name, new.timezone, AT
        ),
        User(membership.user.id, membership.user.public_id, new.email, new.password_hash, AT),
        "owner",
    )
    assert first_key == ApiKey(
        first_key.id,
        membership.workspace.id,
        membership.user.id,
        new.key_name,
        new.key_prefix,
        new.key_hash,
        AT,
    )
    assert await storage.api_keys(membership.workspace.id) == [first_key]
    assert await storage.memberships(membership.user.id) == [membership]
    assert await storage.workspace(membership.workspace.id) == membership.workspace
    assert await storage.workspace(membership.workspace.id + 1) is None


async def test_there_is_only_one_first_person(storage: Storage) -> None:
    first = await install(storage)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).create_installation(installation(email="bob@example.org", key_hash=b"b" * 32))
    assert await storage.user_by_email("bob@example.org") is None
    assert await storage.api_key_by_hash(b"b" * 32) is None
    assert await storage.memberships(first.user.id) == [first]


async def test_of_two_at_once_one_is_first(storage: Storage) -> None:
    def new(name: str) -> NewInstallation:
        return installation(email=f"{name}@example.org", key_hash=name.encode() * 8)

    made = await asyncio.gather(
        *(Changed(storage).create_installation(new(name)) for name in ("adaa", "bobb", "cyde")),
        return_exceptions=True,
    )
    assert sum(isinstance(each, AlreadyExistsError) for each in made) == 2
    (winner,) = (each[0] for each in made if isinstance(each, tuple))
    assert await storage.memberships(winner.user.id) == [winner]


@pytest.mark.parametrize(
    ("stored", "asked"),
    [
        ("ada@example.org", "ADA@Example.ORG"),
        ("Ada.Lovelace@Example.org", "ada.lovelace@example.org"),
        ("ÄDA@example.org", "äda@example.org"),
    ],
)
async def test_addresses_are_compared_in_lower_case(storage: Storage, stored: str, asked: str) -> None:
    membership, _ = await Changed(storage).create_installation(installation(email=stored))
    assert await storage.user_by_email(asked) == membership.user
    assert await storage.user_by_email(stored) == membership.user
    assert await storage.user_by_email("a" + asked) is None


async def test_a_membership_is_found_by_the_ids_of_the_wire(storage: Storage) -> None:
    membership = await install(storage)
    user, workspace = membership.user.public_id, membership.workspace.public_id
    assert await storage.membership(user, workspace) == membership
    assert await storage.membership(workspace, user) is None
    assert await storage.membership(user, "not a UUID") is None
    assert await storage.membership("", "") is None


async def test_people_are_found_by_the_ids_of_the_wire(storage: Storage) -> None:
    membership = await install(storage)
    wanted = [membership.user.public_id, "nobody"]
    assert await storage.people(wanted) == [membership.user]
    assert await storage.people([]) == []


async def test_the_people_of_a_workspace_are_its_members(storage: Storage) -> None:
    membership = await install(storage)
    assert await storage.members(membership.workspace.id) == [membership]
    assert await storage.members(membership.workspace.id + 1) == []


async def test_keys_are_listed_newest_first(storage: Storage) -> None:
    membership, first = await Changed(storage).create_installation(installation())
    made = [await Changed(storage).create_api_key(key(membership, n, AT + n // 2)) for n in (1, 2, 3)]
    assert [each.name for each in await storage.api_keys(membership.workspace.id)] == [
        "key 3",
        "key 2",
        "key 1",
        "first",
    ]
    assert made[0] == replace(key(membership, 1), id=made[0].id)
    assert len({each.id for each in (first, *made)}) == 4
    assert await storage.api_keys(membership.workspace.id + 1) == []


async def test_a_key_hash_is_there_once(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).create_api_key(key(membership))
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).create_api_key(replace(key(membership), name="another"))
    assert await storage.api_key_by_hash(stored.key_hash) == stored
    assert len(await storage.api_keys(membership.workspace.id)) == 2


async def test_a_revoked_key_is_still_known_and_says_since_when(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).create_api_key(key(membership))
    assert await Changed(storage).revoke_api_key(membership.workspace.id, stored.id, AT + 5)
    revoked = replace(stored, revoked_at=AT + 5)
    assert await storage.api_key_by_hash(stored.key_hash) == revoked
    assert revoked in await storage.api_keys(membership.workspace.id)


async def test_only_a_live_key_of_the_workspace_is_revoked(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).create_api_key(key(membership))
    assert not await Changed(storage).revoke_api_key(membership.workspace.id + 1, stored.id, AT)
    assert not await Changed(storage).revoke_api_key(membership.workspace.id, NOBODY, AT)
    assert await storage.api_key_by_hash(stored.key_hash) == stored
    assert await Changed(storage).revoke_api_key(membership.workspace.id, stored.id, AT + 1)
    assert not await Changed(storage).revoke_api_key(membership.workspace.id, stored.id, AT + 2)
    assert await storage.api_key_by_hash(stored.key_hash) == replace(stored, revoked_at=AT + 1)


async def test_a_secret_is_made_once(storage: Storage) -> None:
    assert await storage.secret("jwt", b"\x00one") == b"\x00one"
    assert await storage.secret("jwt", b"two") == b"\x00one"
    assert await storage.secret("cookie", b"three") == b"three"


async def test_a_secret_asked_for_at_once_is_one_secret(storage: Storage) -> None:
    values = await asyncio.gather(*(storage.secret("jwt", bytes([number])) for number in range(8)))
    assert len(set(values)) == 1
    assert await storage.secret("jwt", b"late") == values[0]


async def test_everything_is_there_after_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        membership, first = await Changed(storage).create_installation(installation())
        secret = await storage.secret("jwt", b"one")
    async with opened(place) as storage:
        assert await storage.has_accounts()
        assert await storage.user_by_email("ada@example.org") == membership.user
        assert await storage.api_key_by_hash(first.key_hash) == first
        assert await storage.secret("jwt", b"two") == secret


async def test_a_hash_is_replaced_while_the_password_is_the_same(storage: Storage) -> None:
    membership = await install(storage)
    user = membership.user
    assert not await Changed(storage).replace_password_hash(user.id, "$another", "$new")
    assert not await Changed(storage).replace_password_hash(NOBODY, user.password_hash, "$new")
    assert await storage.user_by_email(user.email) == user
    assert await Changed(storage).replace_password_hash(user.id, user.password_hash, "$new")
    assert await storage.user_by_email(user.email) == replace(user, password_hash="$new")
