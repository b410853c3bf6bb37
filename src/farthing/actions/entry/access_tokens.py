"""Access tokens: short-lived signed JWTs that say who asks, in which workspace, by which session."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import jwt
from jwt.types import Options

from farthing.actions.entry.credentials import digest
from farthing.actions.entry.signing_keys import SigningKeys
from farthing.actions.errors import SignInRefusedError
from farthing.clock import Clock
from farthing.storage.contract import Membership, Session

ALGORITHM: Final = "HS256"
ISSUER: Final = "farthing"
AUDIENCE: Final = "farthing/v1"
_OPTIONS: Final[Options] = {
    "verify_exp": False,  # checked by our own clock, which a test can set
    "verify_iat": False,
    "verify_nbf": False,
}


_HALF: Final = "farthing/signin"
HALF_LIFE_S: Final = 600
_INVALID: Final = "the access token is not valid"


@dataclass(frozen=True)
class Claims:
    """Who a valid token speaks for, by the ids of the wire, and the hash of its session.

    Whether they still may is asked each time.
    """

    user_id: str
    workspace_id: str
    session_hash: bytes


class AccessTokens:
    """Signs and reads tokens with the installation's own keys, which all its processes share."""

    def __init__(self, keys: SigningKeys, clock: Clock, life_minutes: int) -> None:
        self._keys = keys
        self._clock = clock
        self.life_s = life_minutes * 60

    async def issue(self, session: Session, membership: Membership) -> str:
        """A token for a session and whose it is, good for `life_s` seconds from now."""
        now_s = self._clock.now() // 1_000
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": membership.user.public_id,
            # A hash of what nobody can guess: unlike a row's number, it never means another session.
            "sid": session.token_hash.hex(),
            "workspace": membership.workspace.public_id,
            "role": membership.role,
            "iat": now_s,
            "exp": now_s + self.life_s,
        }
        return await self._signed(claims)

    async def read(self, token: str) -> Claims:
        """What a token claims. Raises SignInRefusedError for a foreign, altered or expired one."""
        claims = await self._read(token, AUDIENCE, ["sid", "sub", "workspace", "role"])
        try:
            session_hash = bytes.fromhex(claims["sid"])
        except (TypeError, ValueError) as error:
            raise SignInRefusedError(_INVALID) from error
        return Claims(str(claims["sub"]), str(claims["workspace"]), session_hash)

    async def issue_half(self, membership: Membership) -> str:
        """What says for ten minutes that somebody has given the person's password, and nothing more."""
        now_s = self._clock.now() // 1_000
        claims = {
            "iss": ISSUER,
            "aud": _HALF,
            "sub": membership.user.public_id,
            "workspace": membership.workspace.public_id,
            # A password that was changed since is not the one that was given.
            "password": digest(membership.user.password_hash).hex(),
            "iat": now_s,
            "exp": now_s + HALF_LIFE_S,
        }
        return await self._signed(claims)

    async def read_half(self, token: str) -> tuple[str, str, str]:
        """The person, the workspace, and a mark of the password. Raises SignInRefusedError."""
        claims = await self._read(token, _HALF, ["sub", "workspace", "password"])
        return str(claims["sub"]), str(claims["workspace"]), str(claims["password"])

    async def seal(self, audience: str, life_s: int, said: dict[str, Any]) -> str:
        """What a browser is to bring back unchanged. It can be read there: it keeps no secret from them."""
        now_s = self._clock.now() // 1_000
        claims = {"iss": ISSUER, "aud": audience, "iat": now_s, "exp": now_s + life_s}
        return await self._signed(said | claims)

    async def unseal(self, audience: str, token: str, names: list[str]) -> dict[str, Any]:
        """What was sealed for the audience, the names among it. Raises SignInRefusedError."""
        return await self._read(token, audience, names)

    async def _signed(self, claims: dict[str, Any]) -> str:
        key = await self._keys.to_sign()
        return jwt.encode(claims, key.secret, algorithm=ALGORITHM, headers={"kid": key.kid})

    async def _read(self, token: str, audience: str, names: list[str]) -> dict[str, Any]:
        """The claims of a token for the audience, the named ones among them. Raises SignInRefusedError."""
        try:
            claims = await self._verified(token, audience, names)
        except jwt.InvalidTokenError as error:
            raise SignInRefusedError(_INVALID) from error
        expires_s = claims["exp"]
        if not isinstance(expires_s, int) or self._clock.now() >= expires_s * 1_000:
            raise SignInRefusedError("the access token has expired")
        return claims

    async def _verified(self, token: str, audience: str, names: list[str]) -> dict[str, Any]:
        """The claims under a signature of ours. Raises jwt.InvalidTokenError.

        The head of a token is believed only to choose the key, which must then have signed just that.
        """
        kid = jwt.get_unverified_header(token).get("kid")
        key = await self._keys.to_verify(kid) if isinstance(kid, str) else None
        if key is None:
            raise jwt.InvalidTokenError("no such key")
        claims = dict(_signed_claims(token, key.secret, audience, tuple(names)))
        if not isinstance(claims["iat"], int) or not self._keys.holds(key.replaced_at, claims["iat"] * 1_000):
            raise jwt.InvalidTokenError("the key no longer holds")
        return claims


@lru_cache(maxsize=1_024)
def _signed_claims(token: str, secret: str, audience: str, names: tuple[str, ...]) -> dict[str, Any]:
    """The claims that a key has signed. Raises jwt.InvalidTokenError.

    Remembered, as a page asks several times with one token: what the four parameters make of each other never
    changes. Time, the key's end and the session's are looked at each time by whoever calls.
    """
    options: Options = {**_OPTIONS, "require": ["iss", "aud", "exp", "iat", *names]}
    claims: dict[str, Any] = jwt.decode(
        token, secret, algorithms=[ALGORITHM], options=options, audience=audience, issuer=ISSUER
    )
    return claims
