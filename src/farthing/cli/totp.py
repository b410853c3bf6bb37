"""`farthing totp`: two-step sign-in, for whoever may touch the database."""

from __future__ import annotations

from farthing.actions.asker import operator_asking
from farthing.actions.entry.second_step import remove_totp
from farthing.actions.errors import NotFoundError
from farthing.actions.parts import Parts
from farthing.cli.place import HERE, Place, work_with
from farthing.cli.tables import AsJson, tell_done


def off(*, email: str, as_json: AsJson = False, place: Place = HERE) -> None:
    """Let somebody sign in without a code, who has lost both app and recovery codes.

    Parameters
    ----------
    email
        Whose two-step sign-in to switch off.
    as_json
        Print {"email", "hasSecondStep"}.
    """

    async def work(parts: Parts) -> bool:
        user = await parts.storage.user_by_email(email)
        memberships = [] if user is None else await parts.storage.memberships(user.id)
        if not memberships:
            raise NotFoundError(f"{email} is not in this installation")
        return await remove_totp(parts, operator_asking(memberships[0]))

    if not work_with(place, work):
        raise NotFoundError(f"{email} has no two-step sign-in")
    told = {"email": email, "hasSecondStep": False}
    tell_done(f"{email} signs in without a code now", told, as_json=as_json)
