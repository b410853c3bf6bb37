"""Accepting an invitation: signed in as the invited person, or with a password.

The password is that of the address's account; where there is none yet, it becomes that of a new one. Whoever
holds the link acts for the address, which is why the link is single-use, expires, and goes to nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final

from farthing.actions.asker import Asker, Origin
from farthing.actions.entry.credentials import digest
from farthing.actions.errors import ConflictError, NotFoundError, SignInRefusedError
from farthing.actions.parts import Parts
from farthing.actions.people.audit_person import PersonActing
from farthing.actions.people.invite import is_backed
from farthing.actions.people.new_accounts import check_password
from farthing.rules.ids import invitation_id_text
from farthing.storage.contract import Changes, Invitation, User, Workspace

_Person = Callable[[Changes, int], Coroutine[Any, Any, User]]
"""Finds or makes who accepts, within the change, at a time."""
_OVER: Final = "this invitation has been used or revoked, or has expired; ask for another one"
_REFUSED: Final = "the invitation can't be accepted with this password"
_OTHER: Final = "this invitation is for another address than the one you are signed in with"


@dataclass(frozen=True)
class Offer:
    """An invitation that can be accepted."""

    invitation: Invitation
    workspace: Workspace


@dataclass(frozen=True)
class Accepted:
    """What came of it. `is_new`: the person had no account before."""

    offer: Offer
    user: User
    is_new: bool


async def find_offer(parts: Parts, token: str) -> Offer:
    """What the secret of a link offers. Raises NotFoundError when it is over."""
    found = await parts.storage.invitation_by_hash(digest(token))
    if found is None or found[0].expires_at <= parts.clock.now():
        raise NotFoundError(_OVER)
    invitation, workspace = found
    if invitation.invited_by is not None:
        members = await parts.storage.roster(workspace.id)
        inviters = [each.membership for each in members if each.membership.user.id == invitation.invited_by]
        if not is_backed(invitation, inviters[0] if inviters else None):
            raise NotFoundError(_OVER)
    return Offer(invitation, workspace)


async def accept_with_password(parts: Parts, token: str, password: str, origin: Origin) -> Accepted:
    """Raises NotFoundError, InvalidInputError, TooManyAttemptsError and SignInRefusedError.

    It takes equally long, and asks the same of the password, whether or not there is an account.
    """
    offer = await find_offer(parts, token)
    check_password(password)
    email = offer.invitation.email
    parts.attempts.begin(origin.address, email)
    known = await parts.storage.user_by_email(email)
    if known is None:
        password_hash = await parts.passwords.hash(password)
    elif await parts.passwords.is_right(known.password_hash, password):
        password_hash = known.password_hash
    else:
        raise SignInRefusedError(_REFUSED)

    async def person(changes: Changes, at: int) -> User:
        user = await changes.person_by_email(email)
        if user is None:
            return await changes.create_user(email, password_hash, at)
        if user.password_hash != password_hash:  # made, or changed, by somebody else meanwhile
            raise SignInRefusedError(_REFUSED)
        return user

    accepting = _Accepting(parts, offer, origin)
    user = await accepting.run(person)
    parts.attempts.succeeded(origin.address, email)
    return Accepted(offer, user, is_new=known is None)


async def accept_signed_in(parts: Parts, token: str, asker: Asker) -> Accepted:
    """The asker's session goes on in the workspace that they join. Raises NotFoundError and ConflictError."""
    offer = await find_offer(parts, token)
    if asker.user.email != offer.invitation.email:
        raise ConflictError(_OTHER)

    async def person(changes: Changes, _at: int) -> User:
        if asker.session_id is not None:
            await changes.move_session(asker.session_id, offer.workspace.id)
        return asker.user

    accepting = _Accepting(parts, offer, asker.origin)
    return Accepted(offer, await accepting.run(person), is_new=False)


class _Accepting:
    """One change: the invitation ends and the person has the place, both or neither."""

    def __init__(self, parts: Parts, offer: Offer, origin: Origin) -> None:
        self._parts = parts
        self._offer = offer
        self._origin = origin

    async def run(self, person: _Person) -> User:
        return await self._parts.change(lambda changes: self._work(changes, person))

    async def _work(self, changes: Changes, person: _Person) -> User:
        invitation, at = self._offer.invitation, self._parts.clock.now()
        if not await changes.end_invitation(invitation.workspace_id, invitation.id, at):
            raise NotFoundError(_OVER)
        inviter = await changes.member(invitation.workspace_id, invitation.invited_by or 0)
        if not is_backed(invitation, inviter):
            raise NotFoundError(_OVER)
        user = await person(changes, at)
        acting = PersonActing(changes, user.public_id, self._origin, at)
        await self._enter(acting, user)
        return user

    async def _enter(self, acting: PersonActing, user: User) -> None:
        invitation = self._offer.invitation
        wire = invitation_id_text(invitation.id)
        await acting.enter(invitation.workspace_id, "invitation.accepted", wire)
        if await acting.changes.member(invitation.workspace_id, user.id) is not None:
            return  # came by another way since; the role they have now stays
        described = {"role": invitation.role}
        await acting.changes.add_member(invitation.workspace_id, user.id, invitation.role, acting.at)
        await acting.enter(invitation.workspace_id, "member.added", user.public_id, after=described)
