"""Passwords: what one must be like, its argon2id hash, and checking it off the event loop."""

from __future__ import annotations

from typing import Final

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

PASSWORD_LENGTH_MIN: Final = 10
PASSWORD_LENGTH_MAX: Final = 1_000
_AT_ONCE_MAX: Final = 2
"""argon2 takes 64 MiB a time by design; more at once would let strangers fill the memory."""


def password_problem(password: str) -> str | None:
    """Why a new password can't be taken; None when it can."""
    if len(password) < PASSWORD_LENGTH_MIN:
        return f"has {len(password)} characters; at least {PASSWORD_LENGTH_MIN} are needed"
    if len(password) > PASSWORD_LENGTH_MAX:
        return f"has {len(password)} characters; at most {PASSWORD_LENGTH_MAX} are taken"
    return None


class Passwords:
    """Hashes and checks, each in a thread. `hasher` carries argon2's cost parameters."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._limiter = CapacityLimiter(_AT_ONCE_MAX)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id hash in its standard text form."""
        return await anyio.to_thread.run_sync(self._hasher.hash, password, limiter=self._limiter)

    async def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether the password belongs to the hash. For None (nobody) it takes as long, and is False."""
        if password_hash is None:
            await self._check(await self._hash_of_nobody(), password)
            return False
        return await self._check(password_hash, password)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash was made at another cost than hashes are made at now."""
        return self._hasher.check_needs_rehash(password_hash)

    async def _check(self, password_hash: str, password: str) -> bool:
        return await anyio.to_thread.run_sync(self._verify, password_hash, password, limiter=self._limiter)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = await self.hash("nobody has this password")
        return self._nobody
