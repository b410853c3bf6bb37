"""Accounts of people, made together with their first place."""

from __future__ import annotations

from farthing.actions.asker import Asker
from farthing.actions.audit import Audited, change
from farthing.actions.errors import ConflictError, InvalidInputError
from farthing.actions.parts import Parts
from farthing.actions.people.manage_members import require, role_given
from farthing.actions.people.names import email_problem
from farthing.actions.people.passwords import password_problem
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import AlreadyExistsError, User


async def create_account(parts: Parts, asker: Asker, email: str, password: str, role: str) -> User:
    """A new person, with a place in the asker's workspace. Raises InvalidInputError and ConflictError."""
    wanted, address = role_given(role), email_given(email)
    check_password(password)
    password_hash = await parts.passwords.hash(password)

    async def work(audited: Audited) -> User:
        require(asker, None, wanted)
        at = parts.clock.now()
        user = await audited.changes.create_user(address, password_hash, at)
        await audited.changes.add_member(asker.workspace.id, user.id, wanted, at)
        await audited.enter("member.added", user.public_id, after={"role": wanted})
        return user

    try:
        return await change(parts, asker, work)
    except AlreadyExistsError as error:
        raise ConflictError("somebody has an account with this address already") from error


def email_given(text: str) -> str:
    """The address as it is kept. Raises InvalidInputError."""
    email = text.strip().lower()
    problem = email_problem(email)
    if problem is not None:
        raise InvalidInputError([FieldProblem("email", problem)])
    return email


def check_password(password: str) -> None:
    """Raises InvalidInputError for a new password that can't be taken."""
    problem = password_problem(password)
    if problem is not None:
        raise InvalidInputError([FieldProblem("password", problem)])
