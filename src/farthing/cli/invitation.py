"""`farthing member invite`, `invitations` and `uninvite`, for whoever may touch the database."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from cyclopts import Parameter

from farthing.actions.parts import Parts
from farthing.actions.people.invite import (
    DAYS,
    Invited,
    Pending,
    Wanted,
    list_invitations,
    revoke_invitation,
)
from farthing.actions.people.invite import invite as invite_person
from farthing.actions.people.links import link_to
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, table, tell, tell_done, words
from farthing.rules.ids import invitation_id_number, invitation_id_text
from farthing.rules.instants import instant


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is offered.

    Parameters
    ----------
    role
        owner, admin, member or viewer.
    days
        How long the link is good.
    """

    role: str = "member"
    days: int = DAYS


_USUAL = Terms()


def invite(
    address: str,
    *,
    whom: Whom,
    terms: Terms = _USUAL,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Print a link that lets a person join, once. An earlier one for the same address leads nowhere then.

    Parameters
    ----------
    address
        The address that may join, whether or not it has an account.
    as_json
        Print {"id", "email", "role", "expiresAt", "link"}.
    """

    async def work(parts: Parts) -> tuple[Invited, str]:
        asker = await whom.asker(parts)
        made = await invite_person(parts, asker, Wanted(email=address, role=terms.role, days=terms.days))
        return made, link_to(parts.settings, "", made.path)

    made, link = work_with(place, work)
    told = _row(Pending(made.invitation, "open")) | {"link": link}
    del told["state"]
    print(json.dumps(told) if as_json else link)


def list_open(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """List the invitations that nobody has accepted, newest first.

    Parameters
    ----------
    as_json
        Print a list of {"id", "email", "role", "state", "expiresAt"}.
    """

    async def work(parts: Parts) -> list[Pending]:
        return await list_invitations(parts, await whom.asker(parts))

    rows = [_row(each) for each in work_with(place, work)]
    if as_json:
        print(json.dumps(rows))
        return
    shown = table()
    for heading in ("Id", "Invited", "Role", "State", "Expires"):
        words(shown, heading)
    for row in rows:
        shown.add_row(*row.values())
    tell(shown)


def uninvite(invitation_id: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Let the link of an invitation lead nowhere.

    Parameters
    ----------
    invitation_id
        The id that `farthing member invitations` shows, such as inv_2.
    as_json
        Print {"id", "state"}.
    """

    async def work(parts: Parts) -> None:
        asker = await whom.asker(parts)
        await revoke_invitation(parts, asker, invitation_id_number(invitation_id))

    work_with(place, work)
    told = {"id": invitation_id, "state": "revoked"}
    tell_done(f"{invitation_id} is revoked", told, as_json=as_json)


def _row(pending: Pending) -> dict[str, Any]:
    return {
        "id": invitation_id_text(pending.invitation.id),
        "email": pending.invitation.email,
        "role": pending.invitation.role,
        "state": pending.state,
        "expiresAt": instant(pending.invitation.expires_at),
    }
