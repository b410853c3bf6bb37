"""Signing in with an OpenID provider: what an ID token must say, and what its claims mean here.

Signatures are checked before (actions.entry.oidc_tokens). Whoever is let in is known by issuer and
subject; the address only says whom a newcomer is, and is believed when the provider says that it has
verified it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, Final

from farthing.rules.roles import ROLE_NAMES, Role

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""What may have signed an ID token. Never `none`, and no HS…: its key would be the client's secret."""
LEEWAY_S: Final = 60
_SUBJECT_LENGTH_MAX: Final = 255


@dataclass(frozen=True)
class Expected:
    """What an ID token must say to be an answer to one request of ours."""

    issuer: str
    client_id: str
    nonce: str


@dataclass(frozen=True)
class Identity:
    """Who somebody is at the provider. `email` is None unless the provider has verified it."""

    issuer: str
    subject: str
    email: str | None
    groups: frozenset[str]


@dataclass(frozen=True)
class Policy:
    """Who may come in, and as what. `domains` in lower case, none for any; `default` for who has no role.

    Without `has_workspace` nobody joins and no role is given: only members who are linked may sign in.
    """

    roles: Mapping[str, Role] = field(default_factory=dict)
    default: Role | None = None
    domains: frozenset[str] = frozenset()
    has_workspace: bool = False


def token_problem(claims: Mapping[str, Any], expected: Expected, now_s: int) -> str | None:
    """Why an ID token with a good signature is no answer to us at a time (UTC seconds); None when it is."""
    return (
        _wrong_parties(claims, expected)
        or _wrong_time(claims, now_s)
        or _wrong_answer(claims, expected.nonce)
    )


def _wrong_parties(claims: Mapping[str, Any], expected: Expected) -> str | None:
    audience = _texts(claims.get("aud"))
    if claims.get("iss") != expected.issuer:
        return f"it was issued by {str(claims.get('iss'))[:200]!r}"
    if expected.client_id not in audience:
        return "it is for another application"
    if claims.get("azp", expected.client_id) != expected.client_id:
        return "it was given to another application"
    if len(audience) > 1 and "azp" not in claims:
        return "it is for several applications, and does not say which it was given to"
    return None


def _wrong_time(claims: Mapping[str, Any], now_s: int) -> str | None:
    issued, expires = _number(claims.get("iat")), _number(claims.get("exp"))
    if expires is None or now_s >= expires + LEEWAY_S:
        return f"it expired at {expires!r}, and now is {now_s}"
    if issued is None or now_s < issued - LEEWAY_S:
        return f"it was issued at {issued!r}, and now is {now_s}"
    return None


def _wrong_answer(claims: Mapping[str, Any], expected: str) -> str | None:
    nonce, subject = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not compare_digest(nonce.encode(), expected.encode()):
        return "it answers another request"
    if not isinstance(subject, str) or not 0 < len(subject) <= _SUBJECT_LENGTH_MAX:
        return "it does not say who signed in"
    return None


def identity_of(claims: Mapping[str, Any], groups_claim: str) -> Identity:
    """Who the claims (of a token without a problem) speak of."""
    email = claims.get("email")
    # Some providers write the word instead of the value; anything but these two is no.
    is_verified = claims.get("email_verified") in (True, "true")
    return Identity(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email.strip().lower() if isinstance(email, str) and is_verified else None,
        groups=frozenset(_texts(claims.get(groups_claim))),
    )


def refusal(policy: Policy, identity: Identity) -> str | None:
    """Why nobody of this identity is let in, linked or not; None when it depends on that."""
    if policy.domains:
        if identity.email is None:
            return "the provider does not say that it has verified your e-mail address"
        if identity.email.rpartition("@")[2] not in policy.domains:
            return "e-mail addresses of this domain are not let in"
    if policy.roles and role_of(policy, identity) is None:
        return "none of your groups is let in"
    return None


def role_of(policy: Policy, identity: Identity) -> Role | None:
    """The highest role of the person's groups, else the one for those without; None for no place."""
    if not policy.has_workspace:
        return None
    mapped = {role for group, role in policy.roles.items() if group in identity.groups}
    return next((role for role in ROLE_NAMES if role in mapped), policy.default)


def newcomer_refusal(policy: Policy, identity: Identity) -> str | None:
    """Why somebody who was not here before can't have an account; None when they can."""
    if identity.email is None:
        return "the provider does not say that it has verified your e-mail address"
    if role_of(policy, identity) is None:
        return "only people who are members already may sign in here"
    return None


def role_to_set(policy: Policy, identity: Identity, present: Role | None) -> Role | None:
    """What somebody who is linked already is to be in the workspace from now on; None to leave it as it is.

    Without mapped groups, the default is for newcomers only: whoever was removed by hand stays removed.
    """
    wanted = role_of(policy, identity) if policy.roles else None
    return None if wanted == present else wanted


def _texts(value: Any) -> list[str]:
    """A claim that is a text or a list of texts, as a list."""
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None
