"""Signing in with e-mail and password, staying signed in, and signing out.

A browser holds one cookie; a program holds a short-lived access token and a refresh token that is replaced at
each use. Cookie and refresh token are sessions in the storage, kept as hashes and told apart by their kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from farthing.actions.asker import Asker, Origin, person_asking
from farthing.actions.credentials import digest, new_token
from farthing.actions.errors import SignInRefusedError
from farthing.actions.manage_workspaces import place_in
from farthing.actions.names import email_problem
from farthing.actions.parts import Parts
from farthing.actions.passwords import PASSWORD_LENGTH_MAX
from farthing.rules.periods import DAY_MS
from farthing.storage.contract import Membership, Session

Kind = Literal["web", "token"]
_REFUSED: Final = "e-mail address or password is wrong"
_ENDED: Final = "the session has ended; sign in again"


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


async def sign_in_web(parts: Parts, email: str, password: str, origin: Origin) -> WebSession:
    """A session for a browser at `origin`. Raises SignInRefusedError and TooManyAttemptsError."""
    membership = await _check(parts, email, password, origin)
    cookie, session = await _open_session(parts, membership, "web")
    return WebSession(cookie, session.expires_at, membership)


async def sign_in_token(
    parts: Parts, email: str, password: str, origin: Origin, workspace_id: str | None = None
) -> TokenPair:
    """A session for a program at `origin`, in the person's oldest workspace or the one that is named.

    Raises SignInRefusedError, TooManyAttemptsError, and NotFoundError for a workspace they are not in.
    """
    membership = await _check(parts, email, password, origin)
    if workspace_id is not None:
        membership = await place_in(parts, membership.user, workspace_id)
    return await _open_token_session(parts, membership)


async def refresh(parts: Parts, refresh_token: str, workspace_id: str | None = None) -> TokenPair:
    """A new pair for a refresh token, which dies; in another workspace of the person if one is named.

    Raises SignInRefusedError when it is no longer good, NotFoundError for a workspace they are not in.
    """
    found = await _session(parts, refresh_token, "token")
    if found is not None and workspace_id is not None:
        found = found[0], await place_in(parts, found[1].user, workspace_id)
    # Of two that use one token at once, only the one whose delete finds it goes on.
    if found is None or not await parts.storage.delete_session(digest(refresh_token)):
        raise SignInRefusedError(_ENDED)
    return await _open_token_session(parts, found[1])


async def session_of(parts: Parts, cookie: str, origin: Origin) -> Asker | None:
    """Whose browser sent the cookie; None when the session has ended."""
    found = await _session(parts, cookie, "web")
    return None if found is None else person_asking(found[1], origin, found[0].id)


async def sign_out(parts: Parts, token: str) -> None:
    """End the session of a cookie or refresh token; nothing happens when it has ended already."""
    await parts.storage.delete_session(digest(token))


async def bearer_of(parts: Parts, access_token: str, origin: Origin) -> Asker:
    """Whose access token it is, with the role they have now. Raises SignInRefusedError."""
    claims = await parts.tokens.read(access_token)
    membership = await parts.storage.membership(claims.user_id, claims.workspace_id)
    if membership is None:
        raise SignInRefusedError("the person is no longer a member of the workspace")
    return person_asking(membership, origin)


async def _check(parts: Parts, email: str, password: str, origin: Origin) -> Membership:
    """The oldest membership of the person. Takes equally long whether or not the person exists."""
    email = email.strip().lower()
    parts.attempts.begin(origin.address, email)
    user = None if email_problem(email) else await parts.storage.user_by_email(email)
    password_hash = user.password_hash if user is not None else None
    if len(password) > PASSWORD_LENGTH_MAX or not await parts.passwords.is_right(password_hash, password):
        raise SignInRefusedError(_REFUSED)
    memberships = await parts.storage.memberships(user.id) if user is not None else []
    if not memberships:
        raise SignInRefusedError(_REFUSED)
    parts.attempts.succeeded(origin.address, email)
    return memberships[0]


async def _open_token_session(parts: Parts, membership: Membership) -> TokenPair:
    refresh_token, _ = await _open_session(parts, membership, "token")
    access_token = await parts.tokens.issue(membership)
    return TokenPair(access_token, refresh_token, parts.tokens.life_s, membership)


async def _open_session(parts: Parts, membership: Membership, kind: Kind) -> tuple[str, Session]:
    token = new_token()
    now = parts.clock.now()
    session = Session(
        id=0,
        user_id=membership.user.id,
        workspace_id=membership.workspace.id,
        kind=kind,
        token_hash=digest(token),
        created_at=now,
        expires_at=now + parts.settings.refresh_days * DAY_MS,
    )
    return token, await parts.storage.create_session(session)


async def _session(parts: Parts, token: str, kind: Kind) -> tuple[Session, Membership] | None:
    """The live session of this kind that the token opens, and whose it is."""
    found = await parts.storage.session_by_hash(digest(token))
    if found is None:
        return None
    session, membership = found
    if session.kind != kind or session.expires_at <= parts.clock.now():
        return None
    return session, membership
