"""Passwords: what one must be like, its argon2id hash, and checking it off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import anyio.to_thread
from anyio import CapacityLimiter
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from farthing.actions.errors import TooManyAttemptsError

T = TypeVar("T")
PASSWORD_LENGTH_MIN: Final = 10
PASSWORD_LENGTH_MAX: Final = 1_000
_AT_ONCE_MAX: Final = 2
"""argon2 takes 64 MiB a time by design; more at once would let strangers fill the memory."""
_WAITING_MAX: Final = 40
"""Some seconds' worth. Who comes later is told to come back: a queue without an end would serve nobody."""
_RETRY_S: Final = 5


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
        self._waiting_count = 0
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        """The argon2id hash in its standard text form."""
        return await self._in_turn(lambda: self._hasher.hash(password))

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
        return await self._in_turn(lambda: self._verify(password_hash, password))

    async def _in_turn(self, work: Callable[[], T]) -> T:
        """Work of argon2's, in a thread, when it is its turn. Raises TooManyAttemptsError."""
        if self._waiting_count >= _WAITING_MAX:
            raise TooManyAttemptsError(_RETRY_S)
        self._waiting_count += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._waiting_count -= 1

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _hash_of_nobody(self) -> str:
        if self._nobody is None:
            self._nobody = await self.hash("nobody has this password")
        return self._nobody
