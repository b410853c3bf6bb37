"""Turns, and clearing away what is over, on every storage."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from farthing.storage.contract import Invitation, PasswordReset, Storage
from tests.contract.test_sessions import session
from tests.storages import Changed, install

DAY = 86_400_000


async def test_a_turn_is_had_by_one_until_it_is_over(storage: Storage) -> None:
    assert await storage.claim("a", 100, 200)
    assert not await storage.claim("a", 199, 299)
    assert await storage.claim("b", 199, 299)
    assert await storage.claim("a", 200, 300)
    assert not await storage.claim("a", 250, 350)


async def test_a_turn_is_moved_by_whoever_knows_when_it_ends(storage: Storage) -> None:
    assert await storage.turns() == {}
    await storage.claim("a", 100, 200)
    assert await storage.move_turn("a", 200, 300)
    assert not await storage.move_turn("a", 200, 400)
    assert not await storage.move_turn("b", 200, 400)
    assert not await storage.claim("a", 299, 399)
    assert await storage.turns() == {"a": 300}


async def test_turns_tell_until_when_each_was_taken_last(storage: Storage) -> None:
    assert await storage.turns() == {}
    await storage.claim("a", 100, 200)
    await storage.claim("b", 100, 150)
    await storage.claim("a", 120, 220)
    await storage.claim("b", 150, 250)
    assert await storage.turns() == {"a": 200, "b": 250}


async def test_of_many_at_once_one_has_the_turn(storage: Storage) -> None:
    for now in (100, 200):
        had = await asyncio.gather(*(storage.claim("a", now, now + 100) for _ in range(8)))
        assert sum(had) == 1


async def test_what_was_over_before_then_is_forgotten_and_nothing_else(storage: Storage) -> None:
    membership = await install(storage)
    user_id, workspace_id = membership.user.id, membership.workspace.id
    changed = Changed(storage)
    first = session(membership, 1)
    over = await changed.start_session(first)
    open_ = await changed.start_session(replace(session(membership, 2), expires_at=first.expires_at + 1))
    ends = {"old": 10 * DAY, "young": 20 * DAY}
    for name, ended_at in (*((name, None) for name in ends), ("ended", 5 * DAY)):
        await changed.add_invitation(
            Invitation(
                id=0,
                workspace_id=workspace_id,
                email=f"{name}@example.org",
                role="member",
                token_hash=name.encode().ljust(32),
                invited_by=user_id,
                created_at=1,
                expires_at=ends.get(name, 30 * DAY),
                ended_at=ended_at,
            )
        )
    await changed.add_password_reset(PasswordReset(b"r" * 32, user_id, 1, 12 * DAY))

    assert await storage.forget_ended(12 * DAY) == 2
    assert [each.email for each in await storage.open_invitations(workspace_id)] == ["young@example.org"]
    assert await storage.password_reset(b"r" * 32) is not None
    assert await storage.sessions(user_id) == [open_, over]

    assert await storage.forget_ended(over.expires_at + 1) == 3
    assert await storage.sessions(user_id) == [open_]
    assert await storage.password_reset(b"r" * 32) is None
    assert await storage.forget_ended(over.expires_at + 1) == 0
