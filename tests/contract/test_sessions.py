"""Sessions: who is signed in where, for how long, and which refresh token is good."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from farthing.storage.contract import (
    SESSIONS_MAX,
    AlreadyExistsError,
    Membership,
    Rotation,
    Session,
    Storage,
)
from tests.storages import Changed, Place, install, opened

AT: Final = 1_700_000_000_000


def session(membership: Membership, number: int = 1, kind: str = "web") -> Session:
    """A new session of the person; it has no id yet."""
    return Session(
        id=0,
        user_id=membership.user.id,
        workspace_id=membership.workspace.id,
        kind=kind,
        token_hash=number.to_bytes(2) + bytes([0, 255]) * 15,
        created_at=AT,
        expires_at=AT + 1_000,
        last_seen_at=AT + number,
        address="2001:db8::1",
        agent="Böwser/1.0",
    )


ROTATION: Final = Rotation(secret_hash=b"\x00" * 32)


async def test_nobody_is_signed_in_at_first(storage: Storage) -> None:
    assert await storage.session_by_hash(b"s") is None
    assert await storage.sessions(1) == []
    await storage.see_session(1, AT)
    assert not await storage.rotate_session(1, ROTATION.secret_hash, ROTATION)
    assert not await Changed(storage).end_session(1, 1)
    assert await Changed(storage).end_sessions(1) == []


@pytest.mark.parametrize("kind", ["web", "token"])
async def test_a_session_leads_to_its_person_and_workspace(storage: Storage, kind: str) -> None:
    membership = await install(storage)
    new = replace(session(membership, kind=kind), rotation=ROTATION if kind == "token" else None)
    stored = await Changed(storage).start_session(new)
    assert stored == replace(new, id=stored.id)
    assert await storage.session_by_hash(new.token_hash) == (stored, membership)
    assert await storage.session_by_hash(new.token_hash[:-1]) is None


async def test_a_session_of_a_workspace_that_its_person_is_not_in_leads_nowhere(storage: Storage) -> None:
    membership = await install(storage)
    elsewhere = replace(session(membership), workspace_id=membership.workspace.id + 1)
    stored = await Changed(storage).start_session(elsewhere)
    assert await storage.session_by_hash(stored.token_hash) is None
    assert await storage.sessions(membership.user.id) == [stored]


async def test_a_session_token_is_there_once(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).start_session(session(membership))
    with pytest.raises(AlreadyExistsError):
        await Changed(storage).start_session(replace(session(membership), kind="token"))
    assert await storage.session_by_hash(stored.token_hash) == (stored, membership)


async def test_a_session_ends_once_and_alone(storage: Storage) -> None:
    membership = await install(storage)
    mine, other = [await Changed(storage).start_session(session(membership, number)) for number in (1, 2)]
    assert mine.id != other.id
    assert not await Changed(storage).end_session(membership.user.id + 1, mine.id)
    assert await Changed(storage).end_session(membership.user.id, mine.id)
    assert not await Changed(storage).end_session(membership.user.id, mine.id)
    assert await storage.session_by_hash(mine.token_hash) is None
    assert await storage.session_by_hash(other.token_hash) == (other, membership)


async def test_all_sessions_of_a_person_end_but_one(storage: Storage) -> None:
    membership = await install(storage)
    made = [await Changed(storage).start_session(session(membership, number)) for number in (1, 2, 3)]
    stranger = replace(session(membership, 4), user_id=membership.user.id + 1)
    stranger = await Changed(storage).start_session(stranger)
    ended = await Changed(storage).end_sessions(membership.user.id, made[1].id)
    assert ended == [made[0].id, made[2].id]
    assert await storage.sessions(membership.user.id) == [made[1]]
    assert await Changed(storage).end_sessions(membership.user.id) == [made[1].id]
    assert await storage.sessions(membership.user.id + 1) == [stranger]


async def test_sessions_are_listed_last_seen_first(storage: Storage) -> None:
    membership = await install(storage)
    first, second = [await Changed(storage).start_session(session(membership, number)) for number in (1, 2)]
    assert await storage.sessions(membership.user.id) == [second, first]
    await storage.see_session(first.id, AT + 50)
    seen = replace(first, last_seen_at=AT + 50)
    assert await storage.sessions(membership.user.id) == [seen, second]
    assert await storage.session_by_hash(first.token_hash) == (seen, membership)


async def test_a_new_session_sweeps_out_those_of_its_person_that_are_over(storage: Storage) -> None:
    membership = await install(storage)
    over, live = [await Changed(storage).start_session(session(membership, number)) for number in (1, 2)]
    stranger = replace(session(membership, 3), user_id=membership.user.id + 1)
    await Changed(storage).start_session(stranger)
    await storage.see_session(live.id, AT + 7)
    late = replace(session(membership, 9), created_at=over.expires_at, expires_at=AT + 5_000)
    late = await Changed(storage).start_session(late)
    assert [each.id for each in await storage.sessions(membership.user.id)] == [late.id]
    assert len(await storage.sessions(membership.user.id + 1)) == 1


async def test_a_person_has_only_so_many_and_the_longest_unused_gives_way(storage: Storage) -> None:
    membership = await install(storage)
    made = [
        await Changed(storage).start_session(session(membership, number + 1))
        for number in range(SESSIONS_MAX)
    ]
    await storage.see_session(made[0].id, AT + 10_000)
    await Changed(storage).start_session(session(membership, SESSIONS_MAX + 1))
    left = {each.id for each in await storage.sessions(membership.user.id)}
    assert len(left) == SESSIONS_MAX
    assert {each.id for each in made} - left == {made[1].id}


async def test_of_exchanges_of_one_refresh_token_at_once_one_is_first(storage: Storage) -> None:
    membership = await install(storage)
    new = replace(session(membership, kind="token"), rotation=ROTATION)
    stored = await Changed(storage).start_session(new)
    wanted = [
        Rotation(
            secret_hash=bytes([number]) * 32,
            previous_hash=ROTATION.secret_hash,
            salt=bytes([255, number]),
            rotated_at=AT + number,
        )
        for number in (1, 2, 3)
    ]
    changed = [storage.rotate_session(stored.id, ROTATION.secret_hash, each) for each in wanted]
    done = await asyncio.gather(*changed)
    assert sum(done) == 1
    found = await storage.session_by_hash(stored.token_hash)
    assert found == (replace(stored, rotation=wanted[done.index(True)]), membership)


async def test_a_web_session_has_nothing_to_exchange(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).start_session(session(membership))
    assert not await storage.rotate_session(stored.id, b"", ROTATION)
    assert await storage.session_by_hash(stored.token_hash) == (stored, membership)


async def test_of_a_change_that_fails_every_session_is_as_it_was(storage: Storage) -> None:
    membership = await install(storage)
    stored = await Changed(storage).start_session(session(membership))

    async def work(changes: object) -> None:
        await changes.end_sessions(membership.user.id)  # type: ignore[attr-defined]
        await changes.start_session(session(membership, 2))  # type: ignore[attr-defined]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await storage.change(work)
    assert await storage.sessions(membership.user.id) == [stored]


async def test_who_is_signed_in_stays_so_over_a_restart(place: Place) -> None:
    async with opened(place) as storage:
        membership = await install(storage)
        stored = await Changed(storage).start_session(session(membership))
    async with opened(place) as storage:
        assert await storage.session_by_hash(stored.token_hash) == (stored, membership)
