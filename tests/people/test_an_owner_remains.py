"""The law of members: whoever does what to whom, the roles table decides, and an owner remains."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hypothesis import given, note, settings
from hypothesis import strategies as st

from farthing.actions.errors import ActionError, ConflictError, ForbiddenRoleError
from farthing.actions.parts import Parts
from farthing.actions.people.manage_members import add_member, change_role, leave_workspace, remove_member
from farthing.rules.audit import first_fault
from farthing.rules.roles import ROLE_NAMES, Role, may_assign
from farthing.storage.contract import Membership, Storage
from tests.people.crowd import asking, crowd, parts_over, roles_of
from tests.storages import Places, opened

PEOPLE = 4


@dataclass(frozen=True)
class Act:
    """Somebody (by number) makes somebody else a role, or None: takes their place."""

    actor: int
    target: int
    role: Role | None
    is_leaving: bool = False


numbers = st.integers(0, PEOPLE - 1)
acts = st.builds(Act, numbers, numbers, st.sampled_from([*ROLE_NAMES, None]), st.booleans())


def outcome(roles: dict[int, Role], act: Act) -> dict[int, Role] | None:
    """Who is what afterwards, by the table and the law; None when the act is refused."""
    actor, before = roles.get(act.actor), roles.get(act.target)
    if actor is None:
        return None
    if act.is_leaving:
        after = {who: role for who, role in roles.items() if who != act.actor}
    elif (before is None and act.role is None) or not may_assign(actor, before, act.role):
        return None
    else:
        after = {who: role for who, role in roles.items() if who != act.target}
        after |= {} if act.role is None else {act.target: act.role}
    return after if "owner" in after.values() else None


async def do(parts: Parts, people: list[Membership], act: Act, present: dict[int, Role]) -> None:
    """The act, through the actions that pages, API and commands use. Raises ActionError."""
    asker = await asking(parts.storage, people[act.actor])
    if asker is None:
        raise ForbiddenRoleError("nobody asks who has no place")
    target = people[act.target].user
    if act.is_leaving:
        await leave_workspace(parts, asker)
    elif act.role is None:
        await remove_member(parts, asker, target.public_id)
    elif act.target in present:
        await change_role(parts, asker, target.public_id, act.role)
    else:
        await add_member(parts, asker, target, act.role)


@settings(max_examples=60)
@given(sequence=st.lists(acts, min_size=1, max_size=14))
async def test_after_any_acts_everybody_is_what_the_table_says_and_an_owner_remains(
    places: Places, sequence: list[Act]
) -> None:
    async with places.empty() as place, opened(place) as storage:
        people = await crowd(storage, "admin", "member", "viewer")
        parts, workspace_id = parts_over(storage), people[0].workspace.id
        roles: dict[int, Role] = {0: "owner", 1: "admin", 2: "member", 3: "viewer"}
        for act in sequence:
            note(f"{roles} {act}")
            expected = outcome(roles, act)
            try:
                await do(parts, people, act, roles)
            except ActionError:
                assert expected is None
            else:
                assert expected is not None
                roles = expected
            found = await roles_of(storage, workspace_id)
            assert found == {people[number].user.id: role for number, role in roles.items()}
        assert first_fault(await storage.audit_chain(workspace_id, 0, 100)) is None


async def test_of_two_owners_who_remove_each_other_at_once_one_stays(storage: Storage) -> None:
    people = await crowd(storage, "owner")
    askers = [await asking(storage, each) for each in people]
    parts = parts_over(storage)
    answers = await asyncio.gather(
        *(
            remove_member(parts, asker, other.user.public_id)
            for asker, other in zip(askers, reversed(people), strict=True)
            if asker is not None
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answers) == ["ForbiddenRoleError", "NoneType"]
    assert list((await roles_of(storage, people[0].workspace.id)).values()) == ["owner"]


async def test_of_two_owners_who_leave_at_once_one_stays(storage: Storage) -> None:
    people = await crowd(storage, "owner")
    askers = [await asking(storage, each) for each in people]
    parts = parts_over(storage)
    answers = await asyncio.gather(
        *(leave_workspace(parts, asker) for asker in askers if asker is not None), return_exceptions=True
    )
    assert [type(each) for each in answers if each is not None] == [ConflictError]
    assert list((await roles_of(storage, people[0].workspace.id)).values()) == ["owner"]


async def test_an_admin_who_is_one_no_longer_does_nothing_with_what_was_let_in_before(
    storage: Storage,
) -> None:
    people = await crowd(storage, "admin", "viewer")
    parts, owner, admin = (
        parts_over(storage),
        await asking(storage, people[0]),
        await asking(storage, people[1]),
    )
    assert owner is not None
    assert admin is not None
    await change_role(parts, owner, people[1].user.public_id, "viewer")
    (answer,) = await asyncio.gather(
        change_role(parts, admin, people[2].user.public_id, "admin"), return_exceptions=True
    )
    assert isinstance(answer, ForbiddenRoleError)
    assert (await roles_of(storage, people[0].workspace.id))[people[2].user.id] == "viewer"
