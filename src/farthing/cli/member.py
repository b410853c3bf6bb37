"""`farthing member`: the people of a workspace, for whoever may touch the database."""

from __future__ import annotations

import json
from typing import Annotated, Any

from cyclopts import Parameter

from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.people.manage_members import add_member, change_role, list_members, remove_member
from farthing.actions.people.new_accounts import create_account
from farthing.cli.passwords import password_line
from farthing.cli.place import HERE, Place, Whom, work_with
from farthing.cli.tables import AsJson, table, tell, tell_done, words
from farthing.rules.instants import instant
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import Member, User

_NOBODY = "nobody has an account with the address {}; invite them, or say --password-stdin to make one"


def list_all(*, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """List the people of a workspace, those who have been there longest first.

    Parameters
    ----------
    as_json
        Print a list of {"userId", "email", "role", "joinedAt", "lastSignInAt"}.
    """

    async def work(parts: Parts) -> list[Member]:
        return await list_members(parts, await whom.asker(parts))

    rows = [_row(each) for each in work_with(place, work)]
    if as_json:
        print(json.dumps(rows))
        return
    shown = table()
    for heading in ("E-mail", "Role", "Since", "Last sign-in"):
        words(shown, heading)
    for row in rows:
        shown.add_row(row["email"], row["role"], row["joinedAt"], row["lastSignInAt"] or "")
    tell(shown)


def add(
    address: str,
    *,
    whom: Whom,
    role: str = "member",
    password_stdin: Annotated[bool, Parameter(negative=())] = False,
    as_json: AsJson = False,
    place: Place = HERE,
) -> None:
    """Give a person a place without an invitation; with --password-stdin a person who has no account yet.

    Parameters
    ----------
    address
        The person's e-mail address.
    role
        owner, admin, member or viewer.
    password_stdin
        Make the person's account, with the first line of standard input as its password.
    as_json
        Print {"email", "role"}.
    """
    password = password_line() if password_stdin else None

    async def work(parts: Parts) -> None:
        asker = await whom.asker(parts)
        user = await parts.storage.user_by_email(address.strip())
        if user is None and password is None:
            raise NotFoundError(_NOBODY.format(address))
        if password is not None:
            if user is not None:
                raise InvalidInputError(
                    [FieldProblem("password", f"{address} has an account, and a password")]
                )
            await create_account(parts, asker, address, password, role)
        elif user is not None:
            await add_member(parts, asker, user, role)

    work_with(place, work)
    tell_done(f"{address} is {role} now", {"email": address, "role": role}, as_json=as_json)


def set_role(address: str, role: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Change what a person may do.

    Parameters
    ----------
    address
        The person's e-mail address.
    role
        owner, admin, member or viewer.
    as_json
        Print {"email", "role"}.
    """

    async def work(parts: Parts) -> None:
        user = await _person(parts, address)
        await change_role(parts, await whom.asker(parts), user.public_id, role)

    work_with(place, work)
    tell_done(f"{address} is {role} now", {"email": address, "role": role}, as_json=as_json)


def remove(address: str, *, whom: Whom, as_json: AsJson = False, place: Place = HERE) -> None:
    """Take a person's place. Their sessions there end at once; API keys that they made go on working.

    Parameters
    ----------
    address
        The person's e-mail address.
    as_json
        Print {"email"}.
    """

    async def work(parts: Parts) -> None:
        user = await _person(parts, address)
        await remove_member(parts, await whom.asker(parts), user.public_id)

    work_with(place, work)
    tell_done(f"{address} is removed", {"email": address}, as_json=as_json)


async def _person(parts: Parts, address: str) -> User:
    user = await parts.storage.user_by_email(address.strip())
    if user is None:
        raise NotFoundError(f"{address} is not in this installation")
    return user


def _row(member: Member) -> dict[str, Any]:
    last = member.last_sign_in_at
    return {
        "userId": member.membership.user.public_id,
        "email": member.membership.user.email,
        "role": member.membership.role,
        "joinedAt": instant(member.joined_at),
        "lastSignInAt": None if last is None else instant(last),
    }
