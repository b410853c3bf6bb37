"""Inviting people: the form on the members' page, the link shown once, revoking an invitation."""

from __future__ import annotations

from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.people.invite import Wanted, invite, mail_invitation, revoke_invitation
from farthing.actions.people.links import link_to
from farthing.rules.ids import invitation_id_number
from farthing.web.forms import form_texts
from farthing.web.given import GivenAsker, GivenParts, PageRequest
from farthing.web.pages import Frame, redirect, render
from farthing.web.settings.members import Tried, members_page
from farthing.web.words import sentence

_PATH = "/settings/invitations"


@post(_PATH, needs="manage_members")
async def make_invitation(request: PageRequest, parts: GivenParts, asker: GivenAsker) -> Response[Any]:
    """A new invitation and its link, this once; the members' page with what is wrong if it can't be."""
    texts = await form_texts(request)
    email, role = texts.get("email", ""), texts.get("role", "")
    try:
        made = await invite(parts, asker, Wanted(email=email, role=role))
    except InvalidInputError as error:
        tried = Tried(email, role, f"This {error.problems[0].message}.")
        return await members_page(request, parts, asker, tried, 400)
    except ConflictError as error:
        return await members_page(request, parts, asker, Tried(email, role, sentence(str(error))), 409)
    link = link_to(parts.settings, f"{request.url.scheme}://{request.url.netloc}", made.path)
    wants_mail = "mail" in texts
    is_mailed = wants_mail and await mail_invitation(parts, asker, made, link)
    return render(
        request,
        "invitation_made",
        Frame(asker, "members"),
        invitation=made.invitation,
        link=None if is_mailed else link,
        has_failed=wants_mail and not is_mailed,
    )


@post(_PATH + "/{invitation:str}/revoke", needs="manage_members")
async def revoke(
    request: PageRequest, parts: GivenParts, asker: GivenAsker, invitation: FromPath[str]
) -> Response[Any]:
    """Let its link lead nowhere; inviting again is as easy, so there is no second look."""
    await revoke_invitation(parts, asker, invitation_id_number(invitation))
    return redirect(request, "/settings/members")


HANDLERS = [make_invitation, revoke]
