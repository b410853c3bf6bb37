"""The members of a workspace over HTTP: who they are, what they may do, and taking their place."""

from __future__ import annotations

import msgspec
from litestar import delete, get, patch
from litestar.params import FromPath, JSONBody

from farthing.actions.asker import Asker
from farthing.actions.people.manage_members import change_role, list_members, remove_member
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.instants import instant
from farthing.storage.contract import Member


class MemberItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A member. `is_self`: it is the asker. `last_sign_in_at` is null for who never signed in here."""

    user_id: str
    email: str
    role: str
    is_self: bool
    joined_at: str
    last_sign_in_at: str | None


class MemberList(msgspec.Struct, frozen=True):
    """Everybody in the workspace, those who have been there longest first."""

    items: list[MemberItem]


class RoleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the member shall be: owner, admin, member or viewer."""

    role: str


@get("/settings/members", tags=["settings"], needs="read")
async def get_members(parts: GivenParts, asker: GivenAsker) -> MemberList:
    """Everybody in the workspace."""
    return MemberList([_item(member, asker) for member in await list_members(parts, asker)])


@patch("/settings/members/{user_id:str}", tags=["settings"], needs="manage_members")
async def patch_member(
    user_id: FromPath[str], data: JSONBody[RoleBody], parts: GivenParts, asker: GivenAsker
) -> StatusAnswer:
    """Change a member's role. Owners are made and unmade by owners; one always remains."""
    await change_role(parts, asker, user_id, data.role)
    return StatusAnswer()


@delete("/settings/members/{user_id:str}", status_code=200, tags=["settings"], needs="manage_members")
async def delete_member(user_id: FromPath[str], parts: GivenParts, asker: GivenAsker) -> StatusAnswer:
    """Take a member's place; their sessions here end at once, their API keys go on working."""
    await remove_member(parts, asker, user_id)
    return StatusAnswer()


def _item(member: Member, asker: Asker) -> MemberItem:
    user = member.membership.user
    last = member.last_sign_in_at
    return MemberItem(
        user_id=user.public_id,
        email=user.email,
        role=member.membership.role,
        is_self=user.id == asker.user.id,
        joined_at=instant(member.joined_at),
        last_sign_in_at=None if last is None else instant(last),
    )


HANDLERS = [get_members, patch_member, delete_member]
