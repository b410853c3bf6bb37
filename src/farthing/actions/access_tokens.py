"""Access tokens: short-lived signed JWTs that say who asks, in which workspace."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

import jwt
from jwt.types import Options

from farthing.actions.errors import SignInRefusedError
from farthing.clock import Clock
from farthing.storage.contract import Accounts, Membership

_ALGORITHM: Final = "HS256"
_SECRET_NAME: Final = "access_tokens"  # noqa: S105 - the name of a secret
_OPTIONS: Final[Options] = {
    "require": ["sub", "workspace", "role", "exp", "iat"],
    "verify_exp": False,  # checked by our own clock, which a test can set
    "verify_iat": False,
    "verify_nbf": False,
}


@dataclass(frozen=True)
class Claims:
    """Who a valid token speaks for, by the ids of the wire. Whether they still may is asked each time."""

    user_id: str
    workspace_id: str


class AccessTokens:
    """Signs and reads tokens with the installation's own secret, which all its processes share."""

    def __init__(self, accounts: Accounts, clock: Clock, life_minutes: int) -> None:
        self._accounts = accounts
        self._clock = clock
        self._secret: bytes | None = None
        self.life_s = life_minutes * 60

    async def issue(self, membership: Membership) -> str:
        """A token for a person in a workspace, good for `life_s` seconds from now."""
        now_s = self._clock.now() // 1_000
        claims = {
            "sub": membership.user.public_id,
            "workspace": membership.workspace.public_id,
            "role": membership.role,
            "iat": now_s,
            "exp": now_s + self.life_s,
        }
        return jwt.encode(claims, await self._signing_secret(), algorithm=_ALGORITHM)

    async def read(self, token: str) -> Claims:
        """What a token claims. Raises SignInRefusedError for a foreign, altered or expired one."""
        try:
            claims = jwt.decode(
                token, await self._signing_secret(), algorithms=[_ALGORITHM], options=_OPTIONS
            )
        except jwt.InvalidTokenError as error:
            raise SignInRefusedError("the access token is not valid") from error
        expires_s, user_id, workspace_id = claims["exp"], claims["sub"], claims["workspace"]
        if not isinstance(expires_s, int) or self._clock.now() >= expires_s * 1_000:
            raise SignInRefusedError("the access token has expired")
        return Claims(str(user_id), str(workspace_id))

    async def _signing_secret(self) -> bytes:
        if self._secret is None:
            self._secret = await self._accounts.secret(_SECRET_NAME, secrets.token_bytes(32))
        return self._secret
