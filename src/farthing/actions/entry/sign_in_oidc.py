"""Signing in with an OpenID provider: the way there, the way back, and what comes of it.

Authorization code with PKCE. State, nonce and verifier travel in a cookie of the browser that began, signed
and short-lived, so that an answer is good in that browser alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Final

from farthing.actions.asker import Origin
from farthing.actions.entry.credentials import new_token
from farthing.actions.entry.oidc_provider import Attempt, OidcProvider
from farthing.actions.entry.oidc_tokens import claims_of_code
from farthing.actions.entry.outgoing import OutgoingError, RefusedOutgoingError
from farthing.actions.entry.sign_in import WebSession, open_web_session
from farthing.actions.errors import (
    NotFoundError,
    OidcRefusedError,
    OidcUnavailableError,
    SignInRefusedError,
)
from farthing.actions.parts import Parts
from farthing.actions.people.identities import person_of
from farthing.rules.oidc import identity_of
from farthing.storage.contract import User

CALLBACK: Final = "/signin/oidc/callback"
WAY_LIFE_S: Final = 600
"""How long somebody may take at the provider."""
_AUDIENCE: Final = "farthing/oidc"
_LENGTH_MAX: Final = 4_000
_BEGIN_AGAIN: Final = "this sign-in was begun in another browser or too long ago, or is used up; begin again"
_REASON: Final = re.compile("[a-z_]{1,60}")


@dataclass(frozen=True)
class Begun:
    """Where to send the browser, and what it is to bring back."""

    url: str
    cookie: str


@dataclass(frozen=True)
class Finished:
    """A session, and the page that was wanted."""

    session: WebSession
    place: str


async def begin_oidc(parts: Parts, place: str) -> Begun:
    """The way to the provider. Raises NotFoundError without one, and OidcUnavailableError."""
    provider = _provider(parts)
    attempt = Attempt(state=new_token(), nonce=new_token(), verifier=new_token())
    try:
        url = await provider.authorization_url(attempt, _redirect_uri(parts))
    except OutgoingError as error:
        raise OidcUnavailableError("the sign-in provider does not answer") from error
    said = {"state": attempt.state, "nonce": attempt.nonce, "verifier": attempt.verifier, "place": place}
    return Begun(url, await parts.tokens.seal(_AUDIENCE, WAY_LIFE_S, said))


async def finish_oidc(
    parts: Parts, cookie: str, answer: Mapping[str, str], origin: Origin, viewer: User | None = None
) -> Finished:
    """A session for a browser that comes back with the parameters of `answer`.

    `viewer` is who is signed in there already, to connect their account.
    Whoever has two-step sign-in is not asked for a code: how well somebody is looked at is the provider's.
    Raises NotFoundError, OidcRefusedError and OidcUnavailableError.
    """
    provider = _provider(parts)
    attempt, place = await _begun(parts, cookie, answer.get("state", ""))
    code = answer.get("code", "")
    if not 0 < len(code) <= _LENGTH_MAX:
        raise OidcRefusedError(f"the provider has not signed you in ({_reason(answer.get('error', ''))})")
    now_s = parts.clock.now() // 1_000
    try:
        issuer = (await provider.addresses()).issuer
        if answer.get("iss", issuer) != issuer:
            raise OidcRefusedError("the answer comes from another provider")
        claims = await claims_of_code(provider, code, attempt, _redirect_uri(parts), now_s)
    except RefusedOutgoingError as error:
        raise OidcRefusedError("the provider does not take its own answer back; begin again") from error
    except OutgoingError as error:
        raise OidcUnavailableError("the sign-in provider gives no answer that can be used") from error
    identity = identity_of(claims, parts.settings.oidc_groups_claim)
    membership = await person_of(parts, identity, origin, viewer)
    return Finished(await open_web_session(parts, membership, origin), place)


async def _begun(parts: Parts, cookie: str, state: str) -> tuple[Attempt, str]:
    try:
        said = await parts.tokens.unseal(_AUDIENCE, cookie, ["state", "nonce", "verifier", "place"])
    except SignInRefusedError as error:
        raise OidcRefusedError(_BEGIN_AGAIN) from error
    if not compare_digest(str(said["state"]).encode(), state.encode()):
        raise OidcRefusedError(_BEGIN_AGAIN)
    return Attempt(str(said["state"]), str(said["nonce"]), str(said["verifier"])), str(said["place"])


def _provider(parts: Parts) -> OidcProvider:
    if parts.oidc is None:
        raise NotFoundError("no sign-in provider is set up here")
    return parts.oidc


def _redirect_uri(parts: Parts) -> str:
    """Never what a request said this server is called: the settings see to it that there is one."""
    return (parts.settings.public_url or "").rstrip("/") + CALLBACK


def _reason(error: str) -> str:
    return error if _REASON.fullmatch(error) else "it gives no reason"
