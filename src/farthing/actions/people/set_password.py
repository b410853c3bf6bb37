"""Passwords that change: with the present one, over a one-time link, or by whoever may touch the database.

Each way ends the person's other sessions. Asking for a link is answered in the same way, and as fast, whether
or not the address has an account: everything that depends on it happens in the background.
"""

from __future__ import annotations

from typing import Final

from farthing.actions.asker import Asker, Origin
from farthing.actions.entry.credentials import digest, new_token
from farthing.actions.errors import InvalidInputError, NotFoundError
from farthing.actions.parts import Parts
from farthing.actions.people.audit_person import PersonActing
from farthing.actions.people.letters import reset_letter
from farthing.actions.people.links import link_to
from farthing.actions.people.names import email_problem
from farthing.actions.people.new_accounts import check_password
from farthing.actions.people.passwords import PASSWORD_LENGTH_MAX
from farthing.notify.mail import MailError
from farthing.rules.audit import INSTALLATION
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import Changes, PasswordReset, User

LINK_MINUTES: Final = 60
"""How long a link is good that sets a password."""
_OVER: Final = "this link has been used, or has expired; ask for another one"


async def change_password(parts: Parts, asker: Asker, present: str, new: str) -> None:
    """Another password for the asker, whose other sessions end.

    Raises InvalidInputError, when the present one is wrong too, and TooManyAttemptsError.
    """
    check_password(new)
    user, origin = asker.user, asker.origin
    parts.attempts.begin(origin.address, user.email, is_known=True)
    is_short = len(present) <= PASSWORD_LENGTH_MAX
    wrong = InvalidInputError([FieldProblem("presentPassword", "is not your password")])
    if not (is_short and await parts.passwords.is_right(user.password_hash, present)):
        raise wrong
    parts.attempts.succeeded(origin.address, user.email, is_known=True)
    password_hash = await parts.passwords.hash(new)

    async def work(changes: Changes) -> None:
        now = await changes.person_by_email(user.email)
        if now is None or now.password_hash != user.password_hash:
            raise wrong  # reset meanwhile: whoever knows only the old one must not undo that
        await changes.end_sessions(user.id, asker.session_id)
        await _set(PersonActing(changes, user.public_id, origin, parts.clock.now()), user, password_hash)

    await parts.change(work)


def ask_reset(parts: Parts, email: str, origin: Origin) -> None:
    """Have a link mailed to the address, if it has an account. Raises TooManyAttemptsError."""
    email = email.strip().lower()
    parts.reset_attempts.begin(origin.address, email)
    if parts.mailer is not None and email_problem(email) is None:
        parts.background.start("password.reset_mail", _mail_link(parts, email))


async def make_reset_path(parts: Parts, email: str) -> str:
    """The page of a one-time link for a person, for the operator to hand over. Raises NotFoundError."""
    user = await _person(parts, email)
    return await _new_link(parts, user)


async def find_reset(parts: Parts, token: str) -> User:
    """Whose password the secret of a link sets. Raises NotFoundError when it is over."""
    found = await parts.storage.password_reset(digest(token))
    if found is None or found[0].expires_at <= parts.clock.now():
        raise NotFoundError(_OVER)
    return found[1]


async def reset_password(parts: Parts, token: str, password: str, origin: Origin) -> None:
    """Use a link: another password, and all sessions end. Raises NotFoundError and InvalidInputError."""
    user = await find_reset(parts, token)
    check_password(password)
    password_hash = await parts.passwords.hash(password)

    async def work(changes: Changes) -> None:
        if not await changes.use_password_reset(digest(token)):
            raise NotFoundError(_OVER)
        await changes.end_sessions(user.id)
        acting = PersonActing(changes, user.public_id, origin, parts.clock.now())
        await _set(acting, user, password_hash, "password.reset")

    await parts.change(work)


async def set_password(parts: Parts, email: str, password: str) -> None:
    """Another password, given by the operator; all sessions end. Raises NotFoundError, InvalidInputError."""
    user = await _person(parts, email)
    check_password(password)
    password_hash = await parts.passwords.hash(password)

    async def work(changes: Changes) -> None:
        await changes.end_sessions(user.id)
        acting = PersonActing(changes, "", Origin("command"), parts.clock.now())
        await _set(acting, user, password_hash, "password.reset")

    await parts.change(work)


async def _set(
    acting: PersonActing, user: User, password_hash: str, action: str = "password.changed"
) -> None:
    """Told of in every workspace that the person is in: it matters to all of them."""
    await acting.changes.set_password(user.id, password_hash)
    places = await acting.changes.places(user.id)
    for workspace_id in [place.workspace.id for place in places] or [INSTALLATION]:
        await acting.enter(workspace_id, action, user.public_id)


async def _mail_link(parts: Parts, email: str) -> None:
    user = await parts.storage.user_by_email(email)
    if user is None or parts.mailer is None:
        return
    link = link_to(parts.settings, "", await _new_link(parts, user))
    try:
        await parts.mailer.send(reset_letter(user.email, link, LINK_MINUTES))
    except MailError:
        return  # logged; whoever asked must not learn that there was a mail to send


async def _new_link(parts: Parts, user: User) -> str:
    token, now = new_token(), parts.clock.now()
    reset = PasswordReset(digest(token), user.id, now, now + LINK_MINUTES * 60_000)
    await parts.change(lambda changes: changes.add_password_reset(reset))
    return f"/reset/{token}"


async def _person(parts: Parts, email: str) -> User:
    user = await parts.storage.user_by_email(email.strip())
    if user is None:
        raise NotFoundError(f"{email} is not in this installation")
    return user
