"""Invitations over HTTP: made, listed, revoked by members; accepted by whoever was sent one."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from farthing.actions.asker import Asker
from farthing.actions.people.accept_invitation import accept_with_password
from farthing.actions.people.invite import (
    DAYS,
    Pending,
    Wanted,
    invite,
    list_invitations,
    mail_invitation,
    revoke_invitation,
)
from farthing.actions.people.links import link_to
from farthing.api.access import origin_of
from farthing.api.answers import StatusAnswer
from farthing.api.given import GivenAsker, GivenParts
from farthing.rules.ids import invitation_id_number, invitation_id_text
from farthing.rules.instants import instant
from farthing.rules.roles import ANYBODY


class InvitationBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Whom to invite, as what (owner, admin, member or viewer), for how many days.

    With `sendMail` the link is mailed to them; when that can't be done, it is answered as without.
    """

    email: str
    role: str = "member"
    expires_in_days: int = DAYS
    send_mail: bool = False


class InvitationItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An invitation that nobody has accepted.

    `state` is open, expired, or void: whoever made it may do so no more. `is_own`: the asker made it.
    """

    id: str
    email: str
    role: str
    state: str
    is_own: bool
    created_at: str
    expires_at: str


class NewInvitationAnswer(InvitationItem, frozen=True, kw_only=True, rename="camel"):
    """An invitation that was just made. `link` is shown this once, and is null when it `is_mailed`."""

    is_mailed: bool
    link: str | None


class InvitationList(msgspec.Struct, frozen=True):
    """Those that nobody has accepted, newest first."""

    items: list[InvitationItem]


class AcceptBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The secret, which is the last part of the link; and the password of the invited address's account.

    Where that address has no account yet, one is made with the password.
    """

    token: str
    password: str


class AcceptedAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The place that the person has now."""

    user_id: str
    workspace_id: str
    workspace_name: str


@post("/settings/invitations", tags=["settings"], needs="manage_members")
async def post_invitation(
    request: Request[Any, Any, Any], data: JSONBody[InvitationBody], parts: GivenParts, asker: GivenAsker
) -> NewInvitationAnswer:
    """Invite somebody. An earlier invitation of the same address is revoked."""
    made = await invite(parts, asker, Wanted(email=data.email, role=data.role, days=data.expires_in_days))
    item = msgspec.structs.asdict(_item(Pending(made.invitation, "open"), asker))
    link = link_to(parts.settings, site_of(request), made.path)
    is_mailed = data.send_mail and await mail_invitation(parts, asker, made, link)
    return NewInvitationAnswer(**item, is_mailed=is_mailed, link=None if is_mailed else link)


@get("/settings/invitations", tags=["settings"], needs="manage_members")
async def get_invitations(parts: GivenParts, asker: GivenAsker) -> InvitationList:
    """All that nobody has accepted."""
    return InvitationList([_item(each, asker) for each in await list_invitations(parts, asker)])


@delete(
    "/settings/invitations/{invitation_id:str}", status_code=200, tags=["settings"], needs="manage_members"
)
async def delete_invitation(
    invitation_id: FromPath[str], parts: GivenParts, asker: GivenAsker
) -> StatusAnswer:
    """Revoke one: its link leads nowhere from now on."""
    await revoke_invitation(parts, asker, invitation_id_number(invitation_id))
    return StatusAnswer()


@post("/auth/accept-invitation", status_code=200, tags=["session"], needs=ANYBODY)
async def post_accept(
    request: Request[Any, Any, Any], data: JSONBody[AcceptBody], parts: GivenParts
) -> AcceptedAnswer:
    """Accept an invitation. Signing in is another call."""
    origin = origin_of(request)
    accepted = await accept_with_password(parts, data.token, data.password, origin)
    workspace = accepted.offer.workspace
    return AcceptedAnswer(
        user_id=accepted.user.public_id, workspace_id=workspace.public_id, workspace_name=workspace.name
    )


def site_of(request: Request[Any, Any, Any]) -> str:
    """Scheme and host that the request came in on."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _item(pending: Pending, asker: Asker) -> InvitationItem:
    invitation = pending.invitation
    return InvitationItem(
        id=invitation_id_text(invitation.id),
        email=invitation.email,
        role=invitation.role,
        state=pending.state,
        is_own=invitation.invited_by == asker.user.id,
        created_at=instant(invitation.created_at),
        expires_at=instant(invitation.expires_at),
    )


HANDLERS = [post_invitation, get_invitations, delete_invitation]
