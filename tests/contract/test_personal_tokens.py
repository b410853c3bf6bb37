"""Personal access tokens: whose they are, and that they end."""

from __future__ import annotations

from typing import Final

import pytest
from msgspec.structs import replace

from farthing.storage.contract import AlreadyExistsError, Membership, PersonalToken, Storage
from tests.storages import Changed, Place, install, opened

AT: Final = 1_700_000_000_000


def token(membership: Membership, number: int = 1) -> PersonalToken:
    """A new token of the person; it has no id yet."""
    return PersonalToken(
        id=0,
        user_id=membership.user.id,
        workspace_id=membership.workspace.id,
        name=f"nightly {number}",
        prefix=f"fp_{number}",
        token_hash=bytes([0, number]) * 16,
        scopes=("export", "read"),
        created_at=AT,
        expires_at=AT + 1_000,
    )


async def test_there_are_none_at_first(storage: Storage) -> None:
    assert await storage.personal_token_by_hash(b"s") is None
    assert await storage.personal_tokens(1) == []
    await storage.use_personal_token(1, AT)
    assert not await Changed(storage).revoke_personal_token(1, 1, AT)
    assert await Changed(storage).revoke_personal_tokens(1, 1, AT) == []


async def test_a_token_leads_to_its_person_and_workspace(storage: Storage) -> None:
    membership = await install(storage)
    kept = await Changed(storage).add_personal_token(token(membership))
    assert kept == replace(token(membership), id=kept.id)
    assert await storage.personal_token_by_hash(kept.token_hash) == (kept, membership)
    assert await storage.personal_token_by_hash(kept.token_hash[:-1]) is None


async def test_a_token_of_a_workspace_that_its_person_is_not_in_leads_nowhere(storage: Storage) -> None:
    membership = await install(storage)
    elsewhere = replace(token(membership), workspace_id=membership.workspace.id + 1)
    kept = await Changed(storage).add_personal_token(elsewhere)
    assert await storage.personal_token_by_hash(kept.token_hash) is None


async def test_a_hash_is_there_once(storage: Storage) -> None:
    membership = await install(storage)
    kept = await Changed(storage).add_personal_token(token(membership))
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).add_personal_token(replace(token(membership), name="another"))
    assert await storage.personal_tokens(membership.workspace.id) == [(kept, membership.user)]


async def test_tokens_are_listed_newest_first_by_workspace_and_person(storage: Storage) -> None:
    membership = await install(storage)
    first, second = [
        await Changed(storage).add_personal_token(token(membership, number)) for number in (1, 2)
    ]
    workspace_id, user_id = membership.workspace.id, membership.user.id
    both = [(second, membership.user), (first, membership.user)]
    assert await storage.personal_tokens(workspace_id) == both
    assert await storage.personal_tokens(workspace_id, user_id) == both
    assert await storage.personal_tokens(workspace_id, user_id + 1) == []
    assert await storage.personal_tokens(workspace_id + 1) == []


async def test_that_a_token_was_used_is_kept(storage: Storage) -> None:
    membership = await install(storage)
    mine, other = [await Changed(storage).add_personal_token(token(membership, number)) for number in (1, 2)]
    await storage.use_personal_token(mine.id, AT + 5)
    used = replace(mine, last_used_at=AT + 5)
    assert await storage.personal_token_by_hash(mine.token_hash) == (used, membership)
    assert await storage.personal_token_by_hash(other.token_hash) == (other, membership)


async def test_only_a_live_token_of_the_workspace_is_revoked(storage: Storage) -> None:
    membership = await install(storage)
    workspace_id = membership.workspace.id
    kept = await Changed(storage).add_personal_token(token(membership))
    assert not await Changed(storage).revoke_personal_token(workspace_id + 1, kept.id, AT)
    assert not await Changed(storage).revoke_personal_token(workspace_id, kept.id + 1, AT)
    assert await storage.personal_token_by_hash(kept.token_hash) == (kept, membership)
    assert await Changed(storage).revoke_personal_token(workspace_id, kept.id, AT + 1)
    assert not await Changed(storage).revoke_personal_token(workspace_id, kept.id, AT + 2)
    revoked = replace(kept, revoked_at=AT + 1)
    assert await storage.personal_token_by_hash(kept.token_hash) == (revoked, membership)


async def test_all_live_tokens_of_a_person_in_a_workspace_are_revoked(storage: Storage) -> None:
    membership = await install(storage)
    workspace_id, user_id = membership.workspace.id, membership.user.id
    made = [await Changed(storage).add_personal_token(token(membership, number)) for number in (1, 2, 3)]
    elsewhere = replace(token(membership, 4), workspace_id=workspace_id + 1)
    elsewhere = await Changed(storage).add_personal_token(elsewhere)
    await Changed(storage).revoke_personal_token(workspace_id, made[1].id, AT)
    assert await Changed(storage).revoke_personal_tokens(workspace_id, user_id + 1, AT) == []
    assert await Changed(storage).revoke_personal_tokens(workspace_id, user_id, AT + 1) == [
        made[0].id,
        made[2].id,
    ]
    revoked = [each.revoked_at for each, _ in await storage.personal_tokens(workspace_id)]
    assert revoked == [AT + 1, AT, AT + 1]
    assert await storage.personal_tokens(workspace_id + 1) == [(elsewhere, membership.user)]


async def test_tokens_are_there_after_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        membership = await install(storage)
        kept = await Changed(storage).add_personal_token(token(membership))
    async with opened(place) as storage:
        assert await storage.personal_token_by_hash(kept.token_hash) == (kept, membership)
