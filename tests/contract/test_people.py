"""Members, invitations, workspaces and links for passwords: what every storage keeps of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import msgspec
import pytest

from farthing.storage.contract import (
    AlreadyExistsError,
    Changes,
    Invitation,
    Member,
    Membership,
    PasswordReset,
    Storage,
)
from tests.contract.samples import WORKSPACE_ID, event
from tests.contract.test_accounts import AT, NOBODY, key
from tests.contract.test_sessions import session
from tests.storages import Changed, Place, install, opened

HASH: Final = "$argon2id$v=19$m=1$def"


def invitation(membership: Membership, number: int = 1, **fields: Any) -> Invitation:
    """A new invitation to the workspace; it has no id yet."""
    plain = Invitation(
        id=0,
        workspace_id=membership.workspace.id,
        email=f"guest{number}@example.org",
        role="member",
        token_hash=bytes([number]) * 32,
        invited_by=membership.user.id,
        created_at=AT + number,
        expires_at=AT + 1_000,
    )
    return msgspec.structs.replace(plain, **fields)


async def joined(storage: Storage, membership: Membership, email: str, role: str = "member") -> Membership:
    """Another person in the same workspace."""

    async def work(changes: Changes) -> Membership | None:
        user = await changes.create_user(email, HASH, AT + 1)
        await changes.add_member(membership.workspace.id, user.id, role, AT + 1)
        return await changes.member(membership.workspace.id, user.id)

    made = await storage.change(work)
    assert made is not None
    return made


async def test_members_are_listed_longest_first_with_when_they_came(storage: Storage) -> None:
    ada = await install(storage)
    bob = await joined(storage, ada, "Bob@Example.org", "viewer")
    assert bob.user.email == "bob@example.org"
    assert await storage.user_by_email("BOB@example.org") == bob.user
    assert await storage.roster(ada.workspace.id) == [Member(ada, AT), Member(bob, AT + 1)]
    await Changed(storage).start_session(replace(session(bob), created_at=AT + 9))
    assert [each.last_sign_in_at for each in await storage.roster(ada.workspace.id)] == [None, AT + 9]
    assert await storage.roster(NOBODY) == []


async def test_an_address_has_one_person_and_a_person_one_place(storage: Storage) -> None:
    ada = await install(storage)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).create_user("ADA@example.org", HASH, AT)
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).add_member(ada.workspace.id, ada.user.id, "viewer", AT)
    assert await storage.roster(ada.workspace.id) == [Member(ada, AT)]


async def test_a_role_changes_for_one_person_in_one_workspace(storage: Storage) -> None:
    ada = await install(storage)
    bob = await joined(storage, ada, "bob@example.org")
    assert await Changed(storage).owner_count(ada.workspace.id) == 1
    assert await Changed(storage).set_role(ada.workspace.id, bob.user.id, "owner")
    assert not await Changed(storage).set_role(ada.workspace.id, NOBODY, "owner")
    assert not await Changed(storage).set_role(NOBODY, bob.user.id, "owner")
    assert [each.membership.role for each in await storage.roster(ada.workspace.id)] == ["owner", "owner"]
    assert await Changed(storage).owner_count(ada.workspace.id) == 2
    assert await Changed(storage).owner_count(NOBODY) == 0


async def test_who_is_removed_loses_place_and_sessions_there_and_nothing_else(storage: Storage) -> None:
    ada = await install(storage)
    bob = await joined(storage, ada, "bob@example.org")
    other = await Changed(storage).create_workspace("Other", "UTC", AT + 2)
    await Changed(storage).add_member(other.id, bob.user.id, "owner", AT + 2)
    here = await Changed(storage).start_session(session(bob, 1))
    hers = await Changed(storage).start_session(session(ada, 2))
    there = await Changed(storage).start_session(replace(session(bob, 3), workspace_id=other.id))
    kept = await Changed(storage).create_api_key(key(bob))

    assert await Changed(storage).remove_member(ada.workspace.id, bob.user.id)
    assert not await Changed(storage).remove_member(ada.workspace.id, bob.user.id)
    assert await storage.membership(bob.user.public_id, ada.workspace.public_id) is None
    assert await Changed(storage).member(ada.workspace.id, bob.user.id) is None
    assert await storage.session_by_hash(hers.token_hash) is not None
    assert await storage.session_by_hash(there.token_hash) is not None
    assert await storage.user_by_email("bob@example.org") == bob.user
    assert await storage.people([bob.user.public_id]) == [bob.user]
    assert await storage.api_key_by_hash(kept.key_hash) == kept
    # A session that had only lost its place would come back with it.
    await Changed(storage).add_member(ada.workspace.id, bob.user.id, "member", AT + 3)
    assert await storage.session_by_hash(here.token_hash) is None


async def test_keys_of_one_owner_are_handed_over_with_their_secrets(storage: Storage) -> None:
    ada = await install(storage)
    bob = await joined(storage, ada, "bob@example.org")
    live, revoked = [await Changed(storage).create_api_key(key(bob, number)) for number in (1, 2)]
    await Changed(storage).revoke_api_key(ada.workspace.id, revoked.id, AT)
    assert await Changed(storage).hand_over_api_keys(NOBODY, bob.user.id, ada.user.id) == 0
    assert await Changed(storage).hand_over_api_keys(ada.workspace.id, bob.user.id, ada.user.id) == 2
    assert await storage.api_key_by_hash(live.key_hash) == replace(live, owner_id=ada.user.id)
    assert {each.owner_id for each in await storage.api_keys(ada.workspace.id)} == {ada.user.id}


async def test_a_session_moves_to_another_workspace(storage: Storage) -> None:
    ada = await install(storage)
    other = await Changed(storage).create_workspace("Other", "Asia/Tokyo", AT + 2)
    await Changed(storage).add_member(other.id, ada.user.id, "owner", AT + 2)
    mine = await Changed(storage).start_session(session(ada))
    assert await Changed(storage).move_session(mine.id, other.id)
    assert not await Changed(storage).move_session(NOBODY, other.id)
    found = await storage.session_by_hash(mine.token_hash)
    assert found is not None
    assert found[1].workspace == other


async def test_a_new_password_and_ended_sessions(storage: Storage) -> None:
    ada = await install(storage)
    bob = await joined(storage, ada, "bob@example.org")
    mine = [await Changed(storage).start_session(session(ada, number)) for number in (1, 2, 3)]
    theirs = await Changed(storage).start_session(session(bob, 4))
    assert await Changed(storage).end_sessions(ada.user.id, mine[1].id) == [mine[0].id, mine[2].id]
    assert await Changed(storage).end_sessions(ada.user.id) == [mine[1].id]
    assert await storage.session_by_hash(theirs.token_hash) is not None
    await Changed(storage).set_password(ada.user.id, HASH)
    assert (await storage.memberships(ada.user.id))[0].user.password_hash == HASH
    assert await storage.user_by_email("ada@example.org") == replace(ada.user, password_hash=HASH)
    assert await storage.user_by_email("bob@example.org") == bob.user


async def test_a_reset_is_the_persons_last_and_gone_with_a_new_password(storage: Storage) -> None:
    ada = await install(storage)
    first, second = [PasswordReset(bytes([n, 255]) * 16, ada.user.id, AT, AT + 10) for n in (1, 2)]
    await Changed(storage).add_password_reset(first)
    assert await storage.password_reset(first.token_hash) == (first, ada.user)
    await Changed(storage).add_password_reset(second)
    assert await storage.password_reset(first.token_hash) is None
    assert await storage.password_reset(second.token_hash) == (second, ada.user)
    assert not await Changed(storage).use_password_reset(first.token_hash)
    assert await Changed(storage).use_password_reset(second.token_hash)
    assert not await Changed(storage).use_password_reset(second.token_hash)
    await Changed(storage).add_password_reset(second)
    await Changed(storage).set_password(ada.user.id, HASH)
    assert await storage.password_reset(second.token_hash) is None


async def test_a_workspace_is_named_and_moved(storage: Storage) -> None:
    ada = await install(storage)
    workspace_id = ada.workspace.id
    assert await Changed(storage).change_workspace(workspace_id, "Engines", "Europe/Vienna")
    assert not await Changed(storage).change_workspace(NOBODY, "Engines", "UTC")
    changed = replace(ada.workspace, name="Engines", timezone="Europe/Vienna")
    assert await storage.workspace(workspace_id) == changed
    assert await storage.memberships(ada.user.id) == [replace(ada, workspace=changed)]
    assert await storage.roster(workspace_id) == [Member(replace(ada, workspace=changed), AT)]


async def test_a_workspace_knows_whether_it_has_events(storage: Storage) -> None:
    ada = await install(storage)
    assert ada.workspace.id == WORKSPACE_ID
    assert not await Changed(storage).has_events(WORKSPACE_ID)
    await storage.record([event()])
    assert await Changed(storage).has_events(WORKSPACE_ID)
    assert not await Changed(storage).has_events(NOBODY)


async def test_nobody_and_no_key_gets_into_a_deleted_workspace_until_it_is_restored(storage: Storage) -> None:
    ada = await install(storage)
    workspace_id, mine = ada.workspace.id, await Changed(storage).start_session(session(ada))
    kept = await Changed(storage).create_api_key(key(ada))
    asked = await Changed(storage).add_invitation(invitation(ada))

    async def seen() -> list[object]:
        return [
            await storage.memberships(ada.user.id),
            await storage.membership(ada.user.public_id, ada.workspace.public_id),
            await storage.session_by_hash(mine.token_hash),
            await storage.api_key_by_hash(kept.key_hash),
            await storage.invitation_by_hash(asked.token_hash),
        ]

    before = await seen()
    assert all(before)
    assert await Changed(storage).mark_workspace_deleted(workspace_id, AT + 7)
    assert not await Changed(storage).mark_workspace_deleted(workspace_id, AT + 8)
    assert await seen() == [[], None, None, None, None]
    assert await storage.deleted_workspaces() == [(ada.workspace, AT + 7)]
    assert await storage.workspace(workspace_id) == ada.workspace
    assert await Changed(storage).mark_workspace_deleted(workspace_id, None)
    assert not await Changed(storage).mark_workspace_deleted(workspace_id, None)
    assert not await Changed(storage).mark_workspace_deleted(NOBODY, AT)
    assert await seen() == before
    assert await storage.deleted_workspaces() == []


async def test_invitations_are_open_until_they_end(storage: Storage) -> None:
    ada = await install(storage)
    workspace_id = ada.workspace.id
    first = await Changed(storage).add_invitation(invitation(ada, 1))
    second = await Changed(storage).add_invitation(invitation(ada, 2, invited_by=None, role="owner"))
    assert first == invitation(ada, 1, id=first.id)
    assert await storage.open_invitations(workspace_id) == [second, first]
    assert await storage.open_invitations(NOBODY) == []
    assert await Changed(storage).open_invitations_to(workspace_id, "Guest1@example.org") == [first]
    assert await storage.invitation_by_hash(first.token_hash) == (first, ada.workspace)
    assert not await Changed(storage).end_invitation(NOBODY, first.id, AT)
    assert await Changed(storage).end_invitation(workspace_id, first.id, AT)
    assert not await Changed(storage).end_invitation(workspace_id, first.id, AT)
    assert await storage.open_invitations(workspace_id) == [second]
    assert await storage.invitation_by_hash(first.token_hash) is None
    assert await storage.invitation_by_hash(b"?" * 32) is None


async def test_an_invitation_ends_once_however_many_try_at_once(storage: Storage) -> None:
    ada = await install(storage)
    one = await Changed(storage).add_invitation(invitation(ada))
    ended = await asyncio.gather(
        *(Changed(storage).end_invitation(ada.workspace.id, one.id, AT + n) for n in range(6))
    )
    assert sorted(ended) == [False] * 5 + [True]


async def test_people_are_there_after_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        ada = await install(storage)
        bob = await joined(storage, ada, "bob@example.org")
        asked = await Changed(storage).add_invitation(invitation(ada))
        reset = PasswordReset(b"r" * 32, bob.user.id, AT, AT + 10)
        await Changed(storage).add_password_reset(reset)
        other = await Changed(storage).create_workspace("Other", "UTC", AT + 2)
        await Changed(storage).mark_workspace_deleted(other.id, AT + 3)
    async with opened(place) as storage:
        assert await storage.roster(ada.workspace.id) == [Member(ada, AT), Member(bob, AT + 1)]
        assert await storage.open_invitations(ada.workspace.id) == [asked]
        assert await storage.password_reset(reset.token_hash) == (reset, bob.user)
        assert await storage.deleted_workspaces() == [(other, AT + 3)]
