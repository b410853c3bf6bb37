"""Invitations to a workspace: made for one address and role, listed, revoked. Accepting is another module's.

Nobody learns here whether an address has an account: the same is said and done for every one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.entry.credentials import digest, new_token
from farthing.actions.errors import ConflictError, InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.people.letters import invitation_letter
from farthing.actions.people.manage_members import require, role_given
from farthing.actions.people.new_accounts import email_given
from farthing.notify.mail import MailError
from farthing.rules.ids import invitation_id_text
from farthing.rules.instants import instant
from farthing.rules.periods import DAY_MS
from farthing.rules.problems import FieldProblem
from farthing.rules.roles import ROLES, is_role, needed_to_assign
from farthing.storage.contract import Invitation, Membership

DAYS: Final = 7
"""How long an invitation is good when nothing else is said."""
DAYS_MAX: Final = 90


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Whom to invite, as what, for how long."""

    email: str
    role: str = "member"
    days: int = DAYS


@dataclass(frozen=True)
class Invited:
    """An invitation that was just made. `path` is its page; the secret in it is shown this once."""

    invitation: Invitation
    path: str


@dataclass(frozen=True)
class Pending:
    """An invitation that is open; `state` is what became of it if nobody has come: "expired" or "void".

    It is void when whoever made it may do so no more.
    """

    invitation: Invitation
    state: str


async def invite(parts: Parts, asker: Asker, wanted: Wanted) -> Invited:
    """Keep a place for an address; an earlier invitation of the address is revoked.

    Raises InvalidInputError, ForbiddenRoleError, and ConflictError for a member.
    """
    token = new_token()
    new = _new(parts, asker, wanted, token)

    async def work(audited: Audited) -> Invitation:
        require(asker, None, role_given(wanted.role))
        await _refuse_member(audited, asker, new.email)
        for earlier in await audited.changes.open_invitations_to(asker.workspace.id, new.email):
            require(asker, None, role_given(earlier.role))
            await _revoke(audited, earlier, new.created_at)
        kept = await audited.changes.add_invitation(new)
        described = {"role": kept.role, "expiresAt": instant(kept.expires_at)}
        await audited.enter("invitation.created", invitation_id_text(kept.id), after=described)
        return kept

    return Invited(await change(parts, asker, work), f"/join/{token}")


async def mail_invitation(parts: Parts, asker: Asker, invited: Invited, link: str) -> bool:
    """Send the link to whom it is for; False when that can't be done, so that it is handed over otherwise."""
    invitation = invited.invitation
    if parts.mailer is None:
        return False
    days = -((invitation.created_at - invitation.expires_at) // DAY_MS)
    try:
        await parts.mailer.send(
            invitation_letter(invitation.email, asker.workspace.name, invitation.role, link, days)
        )
    except MailError:
        return False
    return True


async def list_invitations(parts: Parts, asker: Asker) -> list[Pending]:
    """Those that are open, newest first."""
    members = await parts.storage.roster(asker.workspace.id)
    places = {each.membership.user.id: each.membership for each in members}
    now = parts.clock.now()
    return [
        Pending(each, _state(each, places.get(each.invited_by or 0), now))
        for each in await parts.storage.open_invitations(asker.workspace.id)
    ]


async def revoke_invitation(parts: Parts, asker: Asker, invitation_id: int | None) -> None:
    """Let nobody accept it any more. Raises NotFoundError."""
    opened = await parts.storage.open_invitations(asker.workspace.id)
    found = next((each for each in opened if each.id == invitation_id), None)
    gone = NotFoundError("there is no such open invitation in this workspace")
    if found is None:
        raise gone

    async def work(audited: Audited) -> None:
        require(asker, None, role_given(found.role))
        if not await _revoke(audited, found, parts.clock.now()):
            raise gone

    await change(parts, asker, work)


def is_backed(invitation: Invitation, inviter: Membership | None) -> bool:
    """Whether whoever invited still may: an invitation does not outlive the right to make it."""
    if invitation.invited_by is None:
        return True
    if inviter is None or not is_role(inviter.role) or not is_role(invitation.role):
        return False
    return needed_to_assign(None, invitation.role) in ROLES[inviter.role]


def _new(parts: Parts, asker: Asker, wanted: Wanted, token: str) -> Invitation:
    email, role = email_given(wanted.email), role_given(wanted.role)
    if not 1 <= wanted.days <= DAYS_MAX:
        message = f"must be from 1 to {DAYS_MAX}, not {wanted.days}"
        raise InvalidInputError([FieldProblem("expiresInDays", message)])
    now = parts.clock.now()
    return Invitation(
        id=0,
        workspace_id=asker.workspace.id,
        email=email,
        role=role,
        token_hash=digest(token),
        invited_by=None if asker.origin.via == "command" else asker.user.id,
        created_at=now,
        expires_at=now + wanted.days * DAY_MS,
    )


def _state(invitation: Invitation, inviter: Membership | None, now: int) -> str:
    if invitation.expires_at <= now:
        return "expired"
    return "open" if is_backed(invitation, inviter) else "void"


async def _refuse_member(audited: Audited, asker: Asker, email: str) -> None:
    """Members are known to whoever may invite; of any other address nothing is told."""
    user = await audited.changes.person_by_email(email)
    if user is not None and await audited.changes.member(asker.workspace.id, user.id) is not None:
        raise ConflictError("this person is a member already")


async def _revoke(audited: Audited, invitation: Invitation, at: int) -> bool:
    is_revoked = await audited.changes.end_invitation(invitation.workspace_id, invitation.id, at)
    if is_revoked:
        await audited.enter("invitation.revoked", invitation_id_text(invitation.id))
    return is_revoked
