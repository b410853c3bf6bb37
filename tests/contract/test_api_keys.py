"""What a key lets its calls be, its end, its place in a line of keys, and when it was last used."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from farthing.rules.api_key import NO_RULES, KeyRules
from farthing.storage.contract import AlreadyExistsError, ApiKey, Changes, Membership, Storage
from tests.contract.test_accounts import AT, NOBODY, key
from tests.storages import Changed, Place, install, opened

RULES = KeyRules("test", "staging", ("staging", "dev"), (("user_id", "app.customer"),))


def full_key(membership: Membership, number: int = 1) -> ApiKey:
    """A key with everything."""
    plain = key(membership, number)
    return replace(plain, note="for \u05e9\u05dc\u05d5\u05dd, 'x'", rules=RULES, expires_at=AT + 9)


async def test_a_key_comes_back_with_everything_after_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        membership = await install(storage)
        plain = await Changed(storage).create_api_key(key(membership))
        stored = await Changed(storage).create_api_key(replace(full_key(membership, 2), replaces_id=plain.id))
    async with opened(place) as storage:
        assert await storage.api_key_by_hash(stored.key_hash) == stored
        assert stored == replace(full_key(membership, 2), id=stored.id, replaces_id=plain.id)
        assert await storage.api_key_by_hash(plain.key_hash) == plain
        assert (plain.rules, plain.expires_at, plain.last_used_at) == (NO_RULES, None, None)


async def test_a_key_changes_in_what_can_change(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).create_api_key(key(membership))
    other = await Changed(storage).create_api_key(key(membership, 2))
    after = replace(stored, name="b", note="n", owner_id=77, rules=RULES, expires_at=AT + 1)
    meddled = replace(after, prefix="no", created_at=1, replaces_id=other.id, last_used_at=5)
    assert await Changed(storage).change_api_key(meddled)
    assert await storage.api_key_by_hash(stored.key_hash) == after
    assert await storage.api_key_by_hash(other.key_hash) == other
    assert await Changed(storage).change_api_key(stored)
    assert await storage.api_key_by_hash(stored.key_hash) == stored


async def test_only_a_live_key_of_the_workspace_is_changed(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).create_api_key(key(membership))
    after = replace(stored, name="b")
    assert not await Changed(storage).change_api_key(replace(after, workspace_id=stored.workspace_id + 1))
    assert not await Changed(storage).change_api_key(replace(after, id=NOBODY))
    assert await Changed(storage).revoke_api_key(stored.workspace_id, stored.id, AT)
    assert not await Changed(storage).change_api_key(after)
    assert await storage.api_key_by_hash(stored.key_hash) == replace(stored, revoked_at=AT)


async def test_one_key_takes_the_place_of_another(storage: Storage) -> None:
    membership = await install(storage)
    old = await Changed(storage).create_api_key(key(membership))
    new = [replace(key(membership, number), replaces_id=old.id) for number in (2, 3)]
    made = await asyncio.gather(*map(Changed(storage).create_api_key, new), return_exceptions=True)
    assert {type(each) for each in made} == {ApiKey, AlreadyExistsError}
    assert len(await storage.api_keys(membership.workspace.id)) == 3


async def test_a_change_sees_the_keys_that_it_has_made(storage: Storage) -> None:
    membership = await install(storage)
    workspace_id = membership.workspace.id

    async def work(changes: Changes) -> list[str]:
        made = await changes.create_api_key(key(membership))
        await changes.change_api_key(replace(made, name="changed"))
        return [each.name for each in await changes.api_keys(workspace_id)]

    assert await storage.change(work) == [each.name for each in await storage.api_keys(workspace_id)]
    assert "changed" in [each.name for each in await storage.api_keys(workspace_id)]


async def test_the_last_use_of_many_keys_is_noted_and_never_goes_back(storage: Storage) -> None:
    membership = await install(storage)
    one, two, three = [await Changed(storage).create_api_key(key(membership, n)) for n in (1, 2, 3)]
    await storage.note_key_uses({})
    await storage.note_key_uses({two.id: AT + 5, one.id: AT + 3, NOBODY: AT})
    await storage.note_key_uses({one.id: AT + 1, two.id: AT + 6})

    async def used(stored: ApiKey) -> int | None:
        found = await storage.api_key_by_hash(stored.key_hash)
        return found.last_used_at if found else None

    assert [await used(each) for each in (one, two, three)] == [AT + 3, AT + 6, None]


async def test_uses_that_many_note_at_once_wait_for_nobody(storage: Storage) -> None:
    membership = await install(storage)
    made = [await Changed(storage).create_api_key(key(membership, n)) for n in range(1, 9)]
    forth = {each.id: AT + 1 for each in made}
    back = {each.id: AT + 2 for each in reversed(made)}
    revoking = Changed(storage).revoke_api_key(membership.workspace.id, made[3].id, AT)
    await asyncio.gather(*(storage.note_key_uses(uses) for uses in (forth, back) * 5), revoking)
    keys = await storage.api_keys(membership.workspace.id)
    assert {each.last_used_at for each in keys if each.id in forth} == {AT + 2}


@pytest.mark.parametrize("kind", ["hash", "place"])
async def test_a_refused_key_leaves_nothing(storage: Storage, kind: str) -> None:
    membership = await install(storage)
    first = await Changed(storage).create_api_key(key(membership))
    second = await Changed(storage).create_api_key(replace(key(membership, 2), replaces_id=first.id))
    new = key(membership, 3)
    new = replace(new, key_hash=second.key_hash) if kind == "hash" else replace(new, replaces_id=first.id)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).create_api_key(new)
    assert len(await storage.api_keys(membership.workspace.id)) == 3
