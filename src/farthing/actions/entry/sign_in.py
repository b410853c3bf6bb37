"""Signing in with e-mail and password, staying signed in, and signing out.

A browser holds one cookie; a program holds a short-lived access token and a refresh token that is replaced at
each use. Cookie and family of refresh tokens are sessions in the storage, told apart by their kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from farthing.actions.asker import Asker, Origin, person_asking, token_asking
from farthing.actions.audit import Audited, change
from farthing.actions.entry.attempts import site_of
from farthing.actions.entry.credentials import digest, new_token
from farthing.actions.entry.recognise_session import Kind, SignedIn
from farthing.actions.entry.refresh_tokens import (
    exchanged,
    new_refresh_token,
    read_refresh_token,
    standing,
    successor,
)
from farthing.actions.entry.second_step import check_code, require_code
from farthing.actions.errors import HalfEndedError, NoPlaceError, SignInRefusedError
from farthing.actions.parts import Parts
from farthing.actions.people.manage_workspaces import place_in
from farthing.actions.people.names import email_problem
from farthing.actions.people.passwords import PASSWORD_LENGTH_MAX
from farthing.rules.ids import session_id_text
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import Membership, Rotation, Session, User

_REFUSED: Final = "e-mail address or password is wrong"
_ENDED: Final = "the session has ended; sign in again"
_BEGIN_AGAIN: Final = "the sign-in took too long; begin again"
_TOKEN_LENGTH_MAX: Final = 200
_AGENT_LENGTH_MAX: Final = 300


@dataclass(frozen=True)
class WebSession:
    """A browser's sign-in. `cookie` is its secret value; `expires_at` is in UTC milliseconds."""

    cookie: str
    expires_at: int
    membership: Membership


@dataclass(frozen=True)
class TokenPair:
    """A program's sign-in. The access token is good for `expires_in_s` seconds."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    membership: Membership


@dataclass(frozen=True)
class Given:
    """What else may come with e-mail and password: the workspace's id on the wire, the second step's code."""

    workspace_id: str | None = None
    totp: str | None = None


_NOTHING: Final = Given()


async def sign_in_web(parts: Parts, email: str, password: str, origin: Origin) -> WebSession:
    """A session for a browser at `origin`.

    Raises SignInRefusedError, TotpRequiredError for who has a second step, and TooManyAttemptsError.
    """
    membership = await check_password(parts, email, password, origin)
    await require_code(parts, membership, None, origin)
    return await open_web_session(parts, membership, origin)


async def sign_in_token(
    parts: Parts, email: str, password: str, origin: Origin, given: Given = _NOTHING
) -> TokenPair:
    """A session for a program at `origin`, in the person's oldest workspace or the one that is named.

    Raises SignInRefusedError, TotpRequiredError for who has a second step and gave no code,
    TooManyAttemptsError, and NotFoundError for a workspace they are not in.
    """
    membership = await check_password(parts, email, password, origin)
    await require_code(parts, membership, given.totp, origin)
    if given.workspace_id is not None:
        membership = await place_in(parts, membership.user, given.workspace_id)
    return await open_token_session(parts, membership, origin)


async def refresh(
    parts: Parts, refresh_token: str, origin: Origin, workspace_id: str | None = None
) -> TokenPair:
    """A new pair for a refresh token, which dies; in another workspace of the person if one is named.

    A token that was exchanged before ends its session, for whoever has it: one of two who have the token took
    it from the other. Within seconds of its exchange it is answered as it was then (docs/decisions).
    Raises SignInRefusedError when it is no longer good, NotFoundError for a workspace they are not in.
    """
    token = read_refresh_token(refresh_token)
    found = None if token is None else await parts.storage.session_by_hash(token.family_hash)
    if token is None or found is None:
        raise SignInRefusedError(_ENDED)
    session, rotation = found[0], found[0].rotation
    if rotation is None or parts.sign_ins.is_over(session):
        raise SignInRefusedError(_ENDED)
    whose = found[1] if workspace_id is None else await place_in(parts, found[1].user, workspace_id)
    now = parts.clock.now()
    stands = standing(token, rotation, now)
    if stands == "reused":
        asker = person_asking(found[1], origin, session.id)
        await end_session(parts, asker, session.id, "refresh token used again")
        raise SignInRefusedError(_ENDED)
    if stands == "good":
        before, rotation = rotation.secret_hash, exchanged(token, now)
        if not await parts.storage.rotate_session(session.id, before, rotation):
            # Another was first: this is a repetition now.
            return await refresh(parts, refresh_token, origin, workspace_id)
        await parts.storage.see_session(session.id, now)
    if whose.workspace != found[1].workspace:
        await parts.change(lambda changes: changes.move_session(session.id, whose.workspace.id))
    return await _pair(parts, SignedIn(session, whose), successor(token, rotation.salt or b"").text)


async def session_of(parts: Parts, cookie: str, origin: Origin) -> Asker | None:
    """Whose browser sent the cookie; None when the session has ended."""
    found = await parts.sign_ins.find(digest(cookie), "web")
    return None if found is None else person_asking(found.membership, origin, found.session.id)


async def sign_out(parts: Parts, token: str, origin: Origin) -> None:
    """End the session of a cookie or refresh token; nothing happens when it has ended already."""
    refresh_token = read_refresh_token(token)
    token_hash = digest(token) if refresh_token is None else refresh_token.family_hash
    found = await parts.storage.session_by_hash(token_hash)
    if found is not None:
        asker = person_asking(found[1], origin, found[0].id)
        await end_session(parts, asker, found[0].id, "signed out")


async def bearer_of(parts: Parts, access_token: str, origin: Origin) -> Asker:
    """Whose access token it is, with the role they have now. Raises SignInRefusedError."""
    claims = await parts.tokens.read(access_token)
    found = await parts.sign_ins.find(claims.session_hash, "token")
    if found is None:
        raise SignInRefusedError(_ENDED)
    membership = found.membership
    if (membership.user.public_id, membership.workspace.public_id) != (claims.user_id, claims.workspace_id):
        raise SignInRefusedError("the access token is not valid")
    return person_asking(membership, origin, found.session.id)


async def personal_token_of(parts: Parts, token: str, origin: Origin) -> Asker:
    """Whose script sent the token, with what is both in its scopes and in their role now.

    Raises SignInRefusedError.
    """
    found = await parts.personal_tokens.find(digest(token)) if len(token) <= _TOKEN_LENGTH_MAX else None
    if found is None:
        raise SignInRefusedError("the personal access token is unknown, revoked or expired")
    return token_asking(found[1], origin, found[0].scopes)


async def check_password(parts: Parts, email: str, password: str, origin: Origin) -> Membership:
    """The oldest membership of the person. Takes equally long whether or not the person exists.

    Raises SignInRefusedError and TooManyAttemptsError; NoPlaceError, which is one, to whoever knows the
    password of somebody without a workspace.
    """
    email = email.strip().lower()
    user = None if email_problem(email) else await parts.storage.user_by_email(email)
    is_known = parts.attempts.is_crowded(email) and await _is_known_at(parts, user, origin.address)
    parts.attempts.begin(origin.address, email, is_known=is_known)
    password_hash = user.password_hash if user is not None else None
    if len(password) > PASSWORD_LENGTH_MAX or not await parts.passwords.is_right(password_hash, password):
        raise SignInRefusedError(_REFUSED)
    memberships = await parts.storage.memberships(user.id) if user is not None else []
    if not memberships:
        raise NoPlaceError("you belong to no workspace of this installation any more; ask for an invitation")
    parts.attempts.succeeded(origin.address, email, is_known=is_known)
    return await _hashed_anew(parts, memberships[0], password)


async def _is_known_at(parts: Parts, user: User | None, address: str) -> bool:
    """Whether the person is signed in from the address already."""
    sessions = [] if user is None else await parts.storage.sessions(user.id)
    return site_of(address) in {site_of(each.address) for each in sessions}


async def _hashed_anew(parts: Parts, membership: Membership, password: str) -> Membership:
    """With a hash at the present cost, if the one there was had been made at another."""
    user = membership.user
    if not parts.passwords.is_outdated(user.password_hash):
        return membership
    fresh, before = await parts.passwords.hash(password), user.password_hash
    await parts.change(lambda changes: changes.replace_password_hash(user.id, before, fresh))
    return replace(membership, user=replace(user, password_hash=fresh))


async def half_signed_in(parts: Parts, membership: Membership) -> str:
    """What a browser holds between the password and the code."""
    return await parts.tokens.issue_half(membership)


async def finish_sign_in(parts: Parts, half: str, code: str, origin: Origin) -> WebSession:
    """A session for a browser whose person gave the password before, and the code now.

    Raises SignInRefusedError for a wrong code, HalfEndedError when it has to begin again.
    """
    try:
        user_id, workspace_id, password_mark = await parts.tokens.read_half(half)
    except SignInRefusedError as error:
        raise HalfEndedError(_BEGIN_AGAIN) from error
    membership = await parts.storage.membership(user_id, workspace_id)
    if membership is None or digest(membership.user.password_hash).hex() != password_mark:
        raise HalfEndedError(_BEGIN_AGAIN)
    await check_code(parts, membership, code, origin)
    return await open_web_session(parts, membership, origin)


async def open_web_session(parts: Parts, membership: Membership, origin: Origin) -> WebSession:
    """Sign in a browser whose person has shown who they are."""
    cookie = new_token()
    started = await _start(parts, membership, origin, "web", digest(cookie))
    return WebSession(cookie, started.session.expires_at, membership)


async def open_token_session(parts: Parts, membership: Membership, origin: Origin) -> TokenPair:
    """Sign in a program whose person has shown who they are."""
    token, rotation = new_refresh_token()
    signed_in = await _start(parts, membership, origin, "token", token.family_hash, rotation)
    return await _pair(parts, signed_in, token.text)


async def end_session(parts: Parts, asker: Asker, session_id: int, reason: str) -> bool:
    """End a session of the asker's own; False when there is no such one (any more)."""

    async def work(audited: Audited) -> bool:
        is_ended = await audited.changes.end_session(asker.user.id, session_id)
        if is_ended:
            await audited.enter("session.ended", session_id_text(session_id), after={"reason": reason})
        return is_ended

    return await change(parts, asker, work)


async def _start(
    parts: Parts,
    membership: Membership,
    origin: Origin,
    kind: Kind,
    token_hash: bytes,
    rotation: Rotation | None = None,
) -> SignedIn:
    now = parts.clock.now()
    new = Session(
        id=0,
        user_id=membership.user.id,
        workspace_id=membership.workspace.id,
        kind=kind,
        token_hash=token_hash,
        created_at=now,
        expires_at=now + parts.settings.session_days * DAY_MS,
        last_seen_at=now,
        address=origin.address,
        agent="".join(each for each in origin.agent[:_AGENT_LENGTH_MAX] if each.isprintable()),
        rotation=rotation,
    )

    async def work(audited: Audited) -> Session:
        # Whoever changes the password ends all sign-ins; one that was under way must not outlive that.
        there = await audited.changes.member(membership.workspace.id, membership.user.id)
        if there is None or there.user.password_hash != membership.user.password_hash:
            raise SignInRefusedError(_REFUSED)
        kept = await audited.changes.start_session(new)
        await audited.enter("session.started", session_id_text(kept.id), after={"kind": kind})
        return kept

    return SignedIn(await change(parts, person_asking(membership, origin), work), membership)


async def _pair(parts: Parts, signed_in: SignedIn, refresh_token: str) -> TokenPair:
    access_token = await parts.tokens.issue(signed_in.session, signed_in.membership)
    return TokenPair(access_token, refresh_token, parts.tokens.life_s, signed_in.membership)
