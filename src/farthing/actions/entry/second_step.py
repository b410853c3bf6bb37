"""The second step of signing in: a code that changes every 30 seconds, or a recovery code.

The secret is kept as it is: who can read the database can read everything that it protects.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32encode
from dataclasses import dataclass, replace
from typing import Final

import pyotp

from farthing.actions.asker import Asker, Origin, person_asking
from farthing.actions.audit import Audited, change
from farthing.actions.entry.attempts import Attempts
from farthing.actions.entry.credentials import digest
from farthing.actions.errors import (
    ConflictError,
    InvalidInputError,
    SignInRefusedError,
    TotpRequiredError,
)
from farthing.actions.parts import Parts
from farthing.actions.people.passwords import PASSWORD_LENGTH_MAX
from farthing.rules.problems import FieldProblem
from farthing.storage.contract import Membership, Totp

STEP_S: Final = 30
RECOVERY_CODES: Final = 10
_SECRET_BYTES: Final = 20
_CODE_LENGTH: Final = 6
_READABLE: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS: Final = 3
_GROUP_LENGTH: Final = 4
_WRONG: Final = "the code is wrong, or was used already"
_PASSWORD_WRONG: Final = "is not your password"  # noqa: S105 - a message


@dataclass(frozen=True)
class Enrolment:
    """What an authenticator app needs: `secret` in base 32 to type in, `uri` to scan."""

    secret: str
    uri: str


async def has_second_step(parts: Parts, user_id: int) -> bool:
    """Whether the person is asked for a code when they sign in."""
    totp = await parts.storage.totp(user_id)
    return totp is not None and totp.confirmed_at is not None


async def begin_totp(parts: Parts, asker: Asker, password: str) -> Enrolment:
    """A new secret, which is asked for once a code of it has been given (`confirm_totp`).

    Raises InvalidInputError for a wrong password, ConflictError when there is a second step already.
    """
    await _require_password(parts, asker, password)
    new = Totp(asker.user.id, secrets.token_bytes(_SECRET_BYTES), parts.clock.now())
    if await has_second_step(parts, asker.user.id):
        raise ConflictError("two-step sign-in is on already; switch it off first")
    await parts.change(lambda changes: changes.set_totp(new))
    return _enrolment(asker, new)


async def enrolment_under_way(parts: Parts, asker: Asker) -> Enrolment:
    """That of `begin_totp` once more. Raises ConflictError when there is none."""
    return _enrolment(asker, await _unconfirmed(parts, asker))


async def confirm_totp(parts: Parts, asker: Asker, code: str) -> list[str]:
    """Ask for codes from now on; gives the recovery codes, which nobody can be shown again.

    Raises InvalidInputError for a wrong code, ConflictError when nothing was begun.
    """
    totp = await _unconfirmed(parts, asker)
    account = _account(asker)
    parts.code_attempts.begin(asker.origin.address, account)
    step = _step_of(totp, code, parts.clock.now())
    if step is None:
        raise InvalidInputError([FieldProblem("code", "is not the app's present code")])
    parts.code_attempts.succeeded(asker.origin.address, account)
    confirmed = replace(totp, confirmed_at=parts.clock.now(), last_step=step)
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]

    async def work(audited: Audited) -> None:
        await audited.changes.set_totp(confirmed)
        await audited.changes.set_recovery_codes(asker.user.id, [digest(_plain(each)) for each in codes])
        await audited.enter("totp.enabled", asker.user.public_id)

    await change(parts, asker, work)
    return codes


async def switch_off_totp(parts: Parts, asker: Asker, password: str, code: str) -> None:
    """Ask for no code any more. Raises InvalidInputError for a wrong password or code."""
    await _require_password(parts, asker, password)
    try:
        await check_code(parts, asker.membership, code, asker.origin)
    except SignInRefusedError as error:
        raise InvalidInputError([FieldProblem("code", "is wrong, or was used already")]) from error
    await remove_totp(parts, asker)


async def remove_totp(parts: Parts, asker: Asker) -> bool:
    """The same without asking, for the operator; False when there was nothing to switch off."""

    async def work(audited: Audited) -> bool:
        is_removed = await audited.changes.remove_totp(asker.user.id)
        if is_removed:
            await audited.enter("totp.disabled", asker.user.public_id)
        return is_removed

    return await change(parts, asker, work)


async def require_code(parts: Parts, membership: Membership, code: str | None, origin: Origin) -> None:
    """After the password: the code, from those who have a second step.

    Raises TotpRequiredError without one, SignInRefusedError for a wrong one, TooManyAttemptsError.
    """
    if not await has_second_step(parts, membership.user.id):
        return
    if not code:
        raise TotpRequiredError("a code of your authenticator app is needed too (totp)")
    await check_code(parts, membership, code, origin)


async def check_code(parts: Parts, membership: Membership, code: str, origin: Origin) -> None:
    """A present code that was not used, or a recovery code, which is used up.

    Raises SignInRefusedError and TooManyAttemptsError.
    """
    asker = person_asking(membership, origin)
    attempts: Attempts = parts.code_attempts
    attempts.begin(origin.address, _account(asker))
    totp = await parts.storage.totp(asker.user.id)
    given = _plain(code)
    if totp is None or totp.confirmed_at is None:
        raise SignInRefusedError(_WRONG)
    if len(given) == _CODE_LENGTH:
        step = _step_of(totp, given, parts.clock.now())
        is_right = step is not None and await parts.storage.use_totp_step(asker.user.id, step)
    else:
        is_right = await _use_recovery_code(parts, asker, given)
    if not is_right:
        raise SignInRefusedError(_WRONG)
    attempts.succeeded(origin.address, _account(asker))


async def _use_recovery_code(parts: Parts, asker: Asker, given: str) -> bool:
    code_hash = digest(given)

    async def work(audited: Audited) -> bool:
        is_right = await audited.changes.use_recovery_code(asker.user.id, code_hash)
        if is_right:
            await audited.enter("totp.recovery_code_used", asker.user.public_id)
        return is_right

    return await change(parts, asker, work)


async def _require_password(parts: Parts, asker: Asker, password: str) -> None:
    """Raises InvalidInputError and TooManyAttemptsError."""
    address, email = asker.origin.address, asker.user.email
    parts.attempts.begin(address, email, is_known=True)
    is_right = len(password) <= PASSWORD_LENGTH_MAX and await parts.passwords.is_right(
        asker.user.password_hash, password
    )
    if not is_right:
        raise InvalidInputError([FieldProblem("password", _PASSWORD_WRONG)])
    parts.attempts.succeeded(address, email, is_known=True)


async def _unconfirmed(parts: Parts, asker: Asker) -> Totp:
    totp = await parts.storage.totp(asker.user.id)
    if totp is None or totp.confirmed_at is not None:
        raise ConflictError("no two-step sign-in is being set up")
    return totp


def _step_of(totp: Totp, code: str, now: int) -> int | None:
    """The step that the code is of: this one, or the one before or after, for clocks that differ."""
    maker = pyotp.HOTP(b32encode(totp.secret).decode())
    present = now // 1_000 // STEP_S
    given = _plain(code).encode()
    for step in (present, present - 1, present + 1):
        if hmac.compare_digest(maker.at(step).encode(), given):
            return step
    return None


def _enrolment(asker: Asker, totp: Totp) -> Enrolment:
    secret = b32encode(totp.secret).decode()
    uri = pyotp.TOTP(secret).provisioning_uri(name=asker.user.email, issuer_name="Farthing")
    return Enrolment(" ".join(secret[index : index + 4] for index in range(0, len(secret), 4)), uri)


def _recovery_code() -> str:
    """E.g. k3m8-w2qa-9xyz: 59 bits."""
    groups = ("".join(secrets.choice(_READABLE) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _plain(code: str) -> str:
    """A code without what people put between its parts."""
    return "".join(each for each in code.lower() if each.isalnum())[:64]


def _account(asker: Asker) -> str:
    return asker.user.public_id
