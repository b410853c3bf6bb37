"""The members of a workspace: the list, a page for each with their role, removing one, and leaving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from farthing.actions.asker import Asker
from farthing.actions.parts import Parts
from farthing.actions.people.invite import list_invitations
from farthing.actions.people.manage_members import (
    change_role,
    find_member,
    leave_workspace,
    list_members,
    remove_member,
)
from farthing.rules.ids import invitation_id_text
from farthing.rules.roles import (
    PERMISSIONS,
    PERSON,
    ROLE_NAMES,
    ROLES,
    Permission,
    Role,
    is_role,
    needed_to_assign,
)
from farthing.storage.contract import Member
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render

_PATH = "/settings/members"


@dataclass(frozen=True)
class Tried:
    """What was typed and chosen to invite somebody, and the sentence that says what is wrong with it."""

    email: str = ""
    role: str = "member"
    problem: str | None = None


@get(_PATH, needs="read")
async def show_members(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Everybody, who is invited, and what the roles are."""
    return await members_page(request, parts, asker)


@get(_PATH + "/{user:str}", needs="manage_members")
async def show_member(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, user: FromPath[str]
) -> Response[Any]:
    """One member: the role, and the way out."""
    member = await find_member(parts, asker, user)
    if not may_change(asker, member.role):
        asker.need("manage_workspace")
    return render(
        request,
        "member",
        Frame(asker, "members"),
        member=member,
        roles=assignable(asker, member.role),
        is_last_owner=member.role == "owner" and owner_count(await list_members(parts, asker)) == 1,
    )


@post(_PATH + "/{user:str}", needs="manage_members")
async def set_role(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, user: FromPath[str]
) -> Response[Any]:
    """Another role from now on."""
    await change_role(parts, asker, user, (await form_texts(request)).get("role", ""))
    return redirect(request, _PATH)


@get(_PATH + "/{user:str}/remove", needs="manage_members")
async def ask_remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, user: FromPath[str]
) -> Response[Any]:
    """What removing somebody means, and the button that does it."""
    member = await find_member(parts, asker, user)
    return render(request, "member_remove", Frame(asker, "members"), member=member)


@post(_PATH + "/{user:str}/remove", needs="manage_members")
async def remove(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, user: FromPath[str]
) -> Response[Any]:
    """Take the member's place."""
    await remove_member(parts, asker, user)
    return redirect(request, _PATH)


@get(_PATH + "/leave", needs=PERSON)
async def ask_leave(request: PageRequest, asker: GivenAsker) -> Response[Any]:
    """What leaving means, and the button that does it."""
    return render(request, "member_leave", Frame(asker, "members"))


@post(_PATH + "/leave", needs=PERSON)
async def leave_here(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """Give up one's own place; another workspace, if there is one, is shown next."""
    await leave_workspace(parts, asker)
    return redirect(request, "/")


async def members_page(
    request: PageRequest, parts: Parts, asker: Asker, tried: Tried | None = None, status: int = 200
) -> Response[Any]:
    """The list, with the form to invite somebody, filled in as it was `tried`."""
    tried = tried or Tried()
    members = await list_members(parts, asker)
    pending = await list_invitations(parts, asker) if asker.may("manage_members") else []
    return render(
        request,
        "members",
        Frame(asker, "members"),
        status,
        members=[(each, may_change(asker, each.membership.role)) for each in members],
        can_leave=asker.role != "owner" or owner_count(members) > 1,
        pending=[(invitation_id_text(each.invitation.id), each) for each in pending],
        roles=assignable(asker, None),
        role_table=role_table(),
        role_names=ROLE_NAMES,
        tried=tried,
        can_mail=parts.mailer is not None,
    )


def owner_count(members: Sequence[Member]) -> int:
    """How many owners there are: the last one stays what they are."""
    return sum(each.membership.role == "owner" for each in members)


def may_change(asker: Asker, role: str) -> bool:
    """Whether the asker may take the place of somebody with this role."""
    return is_role(role) and asker.may(needed_to_assign(role, None))


def assignable(asker: Asker, before: str | None) -> list[Role]:
    """The roles that the asker may give to somebody who has the role `before`, or no place."""
    role = before if before is not None and is_role(before) else None
    return [each for each in ROLE_NAMES if asker.may(needed_to_assign(role, each))]


def role_table() -> list[tuple[str, list[bool]]]:
    """What each permission allows, and which roles have it, in the order of ROLE_NAMES."""

    def having(permission: Permission) -> list[bool]:
        return [permission in ROLES[role] for role in ROLE_NAMES]

    return [(words, having(permission)) for permission, words in PERMISSIONS.items()]


HANDLERS = [show_members, show_member, set_role, ask_remove, remove, ask_leave, leave_here]
