"""The members of a workspace: who they are, what they may do, taking their place, and leaving.

Two laws hold in every change, whoever makes it: a person changes only what rules.roles lets them, by the role
they have while the change is made; and an owner remains.
"""

from __future__ import annotations

from typing import cast

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.rules.ids import is_public_id, token_id_text
from farthing.rules.problems import FieldProblem
from farthing.rules.roles import ROLE_NAMES, Role, is_role, needed_to_assign
from farthing.storage.contract import Changes, Member, Membership, User


async def list_members(parts: Parts, asker: Asker) -> list[Member]:
    """Everybody in the workspace, those who have been there longest first."""
    return await parts.storage.roster(asker.workspace.id)


async def find_member(parts: Parts, asker: Asker, user_id: str) -> Membership:
    """A member by the person's id on the wire. Raises NotFoundError."""
    is_id = is_public_id(user_id)
    found = await parts.storage.membership(user_id, asker.workspace.public_id) if is_id else None
    if found is None:
        raise NotFoundError(f"there is no member {user_id[:40]!r} in this workspace")
    return found


async def add_member(parts: Parts, asker: Asker, user: User, role: str) -> None:
    """Give a person who has an account a place. Raises ConflictError when they have one."""
    wanted = role_given(role)

    async def work(audited: Audited) -> None:
        require(asker, None, wanted)
        if await audited.changes.member(asker.workspace.id, user.id) is not None:
            raise ConflictError("this person is a member already")
        at = parts.clock.now()
        await audited.changes.add_member(asker.workspace.id, user.id, wanted, at)
        await audited.enter("member.added", user.public_id, after={"role": wanted})

    await change(parts, asker, work)


async def change_role(parts: Parts, asker: Asker, user_id: str, role: str) -> None:
    """Let a member be something else from now on, in all that they do next.

    Raises InvalidInputError, NotFoundError, ForbiddenRoleError and ConflictError.
    """
    wanted = role_given(role)
    target = (await find_member(parts, asker, user_id)).user

    async def work(audited: Audited) -> None:
        before = await _role_of(audited.changes, asker, target)
        require(asker, before, wanted)
        if before == wanted:
            return
        await audited.changes.set_role(asker.workspace.id, target.id, wanted)
        await keep_an_owner(audited.changes, asker.workspace.id)
        described = {"role": before}, {"role": wanted}
        await audited.enter("member.role_changed", target.public_id, *described)

    await change(parts, asker, work)


async def remove_member(parts: Parts, asker: Asker, user_id: str) -> None:
    """Take a member's place. Their sessions here end at once; their keys, and all else of theirs, stay.

    Raises NotFoundError, ForbiddenRoleError and ConflictError.
    """
    target = (await find_member(parts, asker, user_id)).user

    async def work(audited: Audited) -> None:
        before = await _role_of(audited.changes, asker, target)
        require(asker, before, None)
        await _remove(audited, asker, target, before)

    await change(parts, asker, work)


async def leave_workspace(parts: Parts, asker: Asker) -> None:
    """Give up one's own place. The session goes on in another workspace of the person, if there is one.

    Raises ConflictError for the last owner.
    """

    async def work(audited: Audited) -> None:
        before = await _role_of(audited.changes, asker, asker.user)
        await move_on(audited.changes, asker)
        await _remove(audited, asker, asker.user, before)

    await change(parts, asker, work)


async def move_on(changes: Changes, asker: Asker) -> None:
    """Let the asker's session be of another workspace of theirs, if they have one."""
    others = [each for each in await changes.places(asker.user.id) if each.workspace.id != asker.workspace.id]
    if others and asker.session_id is not None:
        await changes.move_session(asker.session_id, others[0].workspace.id)


def role_given(text: str) -> Role:
    """Raises InvalidInputError for what is no role."""
    if not is_role(text):
        allowed = ", ".join(ROLE_NAMES)
        raise InvalidInputError([FieldProblem("role", f"must be one of {allowed}, not {text[:40]!r}")])
    return text


def require(asker: Asker, before: Role | None, after: Role | None) -> None:
    """Raises ForbiddenRoleError unless the asker may assign so; `change` sees to it that they still may."""
    asker.need(needed_to_assign(before, after))


async def keep_an_owner(changes: Changes, workspace_id: int) -> None:
    """Raises ConflictError, which undoes the change, when it has left no owner."""
    if await changes.owner_count(workspace_id) == 0:
        raise ConflictError("a workspace needs an owner; make somebody else an owner first")


async def _remove(audited: Audited, asker: Asker, target: User, before: Role) -> None:
    workspace_id = asker.workspace.id
    # Not only out of use: whoever is invited again later does not bring forgotten scripts along.
    revoked = await audited.changes.revoke_personal_tokens(workspace_id, target.id, audited.at)
    for token_id in revoked:
        await audited.enter("token.revoked", token_id_text(token_id))
    await audited.changes.remove_member(workspace_id, target.id)
    await keep_an_owner(audited.changes, asker.workspace.id)
    await audited.enter("member.removed", target.public_id, before={"role": before})


async def _role_of(changes: Changes, asker: Asker, target: User) -> Role:
    """The role that a person has now. Raises NotFoundError when they are gone."""
    found = await changes.member(asker.workspace.id, target.id)
    if found is None:
        raise NotFoundError(f"there is no member {target.public_id!r} in this workspace")
    return cast("Role", found.role)
