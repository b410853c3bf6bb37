"""What an OpenID provider said of somebody, verified: a code becomes claims that are true, or a refusal."""

from __future__ import annotations

from typing import Any, Final

import jwt
from jwt.types import Options

from farthing.actions.entry.oidc_provider import Attempt, OidcProvider
from farthing.actions.entry.outgoing import OutgoingError
from farthing.rules.oidc import ALGORITHMS, Expected, token_problem

_OPTIONS: Final[Options] = {
    # rules.oidc checks all of these, by our own clock.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}

_ADDRESS: Final = ("email", "email_verified")


class BadTokenError(OutgoingError):
    """The provider answered, but with a token that can't be believed."""


async def claims_of_code(
    provider: OidcProvider, code: str, attempt: Attempt, redirect_uri: str, now_s: int
) -> dict[str, Any]:
    """The claims about who signed in, those of the token before those of userinfo. Raises OutgoingError."""
    answer = await provider.exchange(code, attempt.verifier, redirect_uri)
    claims = await _verified(provider, answer.get("id_token"))
    issuer = (await provider.addresses()).issuer
    problem = token_problem(claims, Expected(issuer, provider.client.client_id, attempt.nonce), now_s)
    if problem is not None:
        raise BadTokenError(f"its ID token can't be used: {problem}")
    access_token = answer.get("access_token")
    more = await provider.userinfo(access_token) if isinstance(access_token, str) else {}
    # Of somebody else, as after a mix-up of tokens, nothing is taken over.
    return merged(claims, more) if more.get("sub") == claims["sub"] else claims


def merged(claims: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Both, the first before the second; the address and whether it is verified from the same of the two."""
    if all(name in claims for name in _ADDRESS):
        return {**more, **claims}
    source = more if "email" in more else claims
    address = {name: source[name] for name in _ADDRESS if name in source}
    return {name: value for name, value in {**more, **claims}.items() if name not in _ADDRESS} | address


async def _verified(provider: OidcProvider, token: object) -> dict[str, Any]:
    """The claims under a signature of the provider's.

    The head is believed only to choose the key, and only for what is on our list.
    """
    if not isinstance(token, str):
        raise BadTokenError("it gave no ID token")
    try:
        head = jwt.get_unverified_header(token)
        algorithm, kid = head.get("alg"), head.get("kid")
        if algorithm not in ALGORITHMS:
            raise BadTokenError(f"its ID token is signed with {str(algorithm)[:20]!r}")
        key = await provider.key(kid if isinstance(kid, str) else None, algorithm)
        if key is None:
            raise BadTokenError("its ID token is signed with a key that it does not name")
        claims: dict[str, Any] = jwt.decode(token, key.key, algorithms=[algorithm], options=_OPTIONS)
    except jwt.InvalidTokenError as error:
        raise BadTokenError(f"its ID token is not valid: {error}") from error
    return claims
